"""What the ports are in the cloud: DynamoDB, Secrets Manager, the tenants' systems."""
