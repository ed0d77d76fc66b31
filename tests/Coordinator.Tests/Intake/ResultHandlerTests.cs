using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Intake;

public sealed class ResultHandlerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_good_result_is_acknowledged_and_its_copy_answered_as_a_duplicate()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        ResultReady result = rig.Result(await rig.OfferAsync("a"));

        await rig.PostAsync(result);
        await rig.Sender.ForAsync<ResultAck>("a");
        await rig.PostAsync(result);

        Assert.Equal(RejectionCode.Duplicate, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
        Assert.Single(rig.Sender.Events, happened => happened.Kind == RunEventKind.ResultAccepted);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.ResultRejected);
    }

    [Fact]
    public async Task An_answer_that_a_successor_sends_again_is_the_same_message()
    {
        // No time passes, so that the row of what was sent is still in the outbox.
        var time = new FakeTimeProvider();
        RunRig first = await RunRig.StartAsync(Settings.For(folder, agents: 2), time);
        await first.HelloAllAsync("a", "b");
        await first.PostAsync(first.Result(await first.OfferAsync("a")));
        ResultAck sent = await first.Sender.ForAsync<ResultAck>("a");
        await first.DisposeAsync();

        await using RunRig second = await RunRig.StartAsync(first.Options, time);
        ResultAck again = await second.Sender.ForAsync<ResultAck>("a");

        Assert.Equal(sent.Header.MessageId, again.Header.MessageId);
        Assert.NotEqual(sent.Header.Term, again.Header.Term);
    }

    public static TheoryData<string, Func<ResultReady, ResultReady>, RejectionCode, string> Refused => new()
    {
        { "another run", r => IntakeRig.With(r, h => h with { RunId = Guid.Empty }), RejectionCode.Unauthorized, "is not this coordinator's" },
        { "another task", r => IntakeRig.With(r, h => h with { TaskId = Guid.Empty }), RejectionCode.Unauthorized, "is not agent 'a's" },
        { "a higher epoch", r => IntakeRig.With(r, h => h with { LeaseEpoch = 2 }), RejectionCode.Unauthorized, "under lease epoch 2" },
        { "a lower epoch", r => IntakeRig.With(r, h => h with { LeaseEpoch = 0 }), RejectionCode.StaleEpoch, "superseded by 1" },
        { "no examples", r => r with { Examples = 0 }, RejectionCode.Invalid, "0 examples" },
        { "an accuracy beyond 1", r => r with { Metrics = r.Metrics with { LocalAccuracy = 1.5 } }, RejectionCode.Invalid, "LocalAccuracy is 1.5" },
        { "a loss that is no number", r => r with { Metrics = r.Metrics with { LossAfter = double.NaN } }, RejectionCode.Invalid, "LossAfter is NaN" },
        { "no body", r => r with { Claim = null }, RejectionCode.Invalid, "names no body" },
        { "another codec", r => r with { Claim = r.Claim! with { Codec = "fp32" } }, RejectionCode.Invalid, "codec 'fp32'; the offer asked for 'int8'" },
        { "another rank", r => r with { Rank = 3 }, RejectionCode.Invalid, "rank 3; the offer asked for 2" },
        { "another size", r => r with { Claim = r.Claim! with { Size = r.Claim.Size + 1 } }, RejectionCode.OverBudget, "an update of this run has" },
        { "a body that is not there", r => r with { Claim = r.Claim! with { Sha256 = new string('0', 64) } }, RejectionCode.BodyMissing, "is not here. It is to be handed over again." },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_result_is_refused_for(string what, Func<ResultReady, ResultReady> but, RejectionCode code, string reason)
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        ResultReady result = but(rig.Result(await rig.OfferAsync("a")));

        await rig.PostAsync(result);

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.True(
            code == rejected.Code && rejected.Detail.Contains(reason, StringComparison.Ordinal), $"{what}: {rejected.Code}, {rejected.Detail}");
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultAck);
    }

    [Fact]
    public async Task A_message_from_another_process_than_the_welcomed_one_changes_nothing()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        ResultReady result = rig.Result(await rig.OfferAsync("a"));

        // Heard, it would be an invalid result, and the good one after it would come too late.
        await rig.PostAsync(IntakeRig.With(result, h => h with { BootId = Guid.Empty }) with { Examples = 0 });
        await rig.PostAsync(result);

        await rig.Sender.ForAsync<ResultAck>("a");
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is ResultRejected);
        Assert.DoesNotContain(rig.Sender.Events, happened => happened.Kind == RunEventKind.AgentLeft);
    }

    [Fact]
    public async Task A_result_after_the_freeze_is_late_and_one_that_counted_is_still_a_duplicate()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder, quorum: 0.5, agentsPerRound: 3);
        var offers = new List<TaskOffer>();
        foreach (string name in new[] { "a", "b", "c", "d" })
        {
            offers.Add(await rig.OfferAsync(name));
        }

        ResultReady late = rig.Result(offers[3]);
        foreach (TaskOffer offer in offers[..3])
        {
            await rig.PostAsync(rig.Result(offer));
        }

        await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
        await rig.PostAsync(late);
        await rig.PostAsync(rig.Result(offers[0]));

        Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
        Assert.Equal(RejectionCode.Duplicate, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
        Assert.Equal(["d"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted)).Figures!.Late);
        Assert.Equal(CancelReason.RoundClosed, (await rig.Sender.ForAsync<TaskCancelled>("d")).Reason);
    }
}
