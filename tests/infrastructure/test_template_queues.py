"""The queue of sales: what was acknowledged is kept, tried again, and at last told of."""

from typing import Any

import pytest

from tests.support.template import all_of, functions, properties_of, queue_alarm, statements
from tillbridge.services.count_sales import ASKED_WITHIN_S

WORKER = "SaleWorkerFunction"
QUEUE = "SaleQueue"
SET_ASIDE = "UncountedSalesQueue"
FOURTEEN_DAYS_S = 14 * 24 * 3_600


def source() -> dict[str, Any]:
    (event,) = functions()[WORKER]["Events"].values()
    assert event["Type"] == "SQS"
    return dict(event["Properties"])


def test_every_queue_is_encrypted_and_keeps_what_it_has_as_long_as_it_can() -> None:
    for queue in all_of("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS_S


def test_a_sale_that_cannot_be_counted_is_set_aside_after_an_hour_of_tries() -> None:
    redrive = properties_of(QUEUE)["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": [SET_ASIDE, "Arn"]}
    assert redrive["maxReceiveCount"] * properties_of(QUEUE)["VisibilityTimeout"] >= 3_600


def test_someone_is_told_of_one_sale_that_is_set_aside_and_of_sales_that_wait() -> None:
    assert queue_alarm(SET_ASIDE, "ApproximateNumberOfMessagesVisible")["Threshold"] == 0
    assert queue_alarm(QUEUE, "ApproximateAgeOfOldestMessage")["Threshold"] <= 900


def test_a_sale_is_nobody_elses_while_the_worker_has_it() -> None:
    assert properties_of(QUEUE)["VisibilityTimeout"] >= 6 * functions()[WORKER]["Timeout"]


def test_a_batch_whose_every_customer_is_asked_for_is_counted_in_time() -> None:
    """As much of its time is the ledger's."""
    assert source()["BatchSize"] * ASKED_WITHIN_S <= functions()[WORKER]["Timeout"] / 2


@pytest.mark.parametrize("name", ["ALLOWED_PRIVATE_ORIGINS", "SECRETS_PREFIX"])
def test_the_worker_asks_for_a_customer_as_the_customers_screen_does(name: str) -> None:
    worker, screen = (
        functions()[function]["Environment"]["Variables"][name]
        for function in (WORKER, "CustomerDetailsFunction")
    )
    assert worker == screen


def test_one_sale_that_fails_comes_again_alone() -> None:
    assert source()["Queue"] == {"Fn::GetAtt": [QUEUE, "Arn"]}
    assert source()["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_sales_leave_the_tills_their_share_of_the_functions_there_are() -> None:
    assert 2 <= source()["ScalingConfig"]["MaximumConcurrency"] <= 50


def test_only_the_intake_sends_and_only_the_worker_takes() -> None:
    queue = [{"Fn::GetAtt": [QUEUE, "Arn"]}]
    allowed = {
        (function, action)
        for function in functions()
        for statement in statements(function)
        if statement["Resource"] == queue
        for action in statement["Action"]
    }
    taking = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    assert allowed == {
        ("SaleIntakeFunction", "sqs:SendMessage"),
        *((WORKER, action) for action in taking),
    }
