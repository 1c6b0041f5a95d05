"""`make race`: many tills at once at one customer's points, on any deployment, over HTTP alone.

It makes its own customer, lets it earn points by an order, and sends more redemptions than those
points allow from many threads at the same instant: some with one key, the others with a key and a
sale of their own. What says that it is safe to retry is sent again with the same key. Then it reads
the customer's history and looks for a point that was spent twice, or lost.
"""
