using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>
/// What becomes of an agent that was late in the round before: it is left to work, and works for the present round once it is free.
/// </summary>
public sealed class LateAgentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_agent_that_is_late_is_left_to_work_until_the_next_round_is_frozen()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);

        await rig.PostAsync(
            new TaskProgress { Header = rig.Reply(late.Header, nameof(TaskProgress)), Phase = TaskPhase.Training, Step = 1, Total = 3 });
        await rig.PostAsync(new BlobAnnounced { Header = rig.Reply(late.Header, nameof(BlobAnnounced)), Claim = late.Claim! });
        await rig.Sender.ForAsync<LeaseGranted>("d", granted => granted.Header.Round == 1);
        Assert.Single(rig.Transfers);
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskCancelled);
        await LateRounds.ResultsAsync(rig, 2, "a", "b", "c");
        TaskCancelled cancelled = await rig.Sender.ForAsync<TaskCancelled>("d");
        await rig.Outcome.InTimeAsync();

        Assert.Equal((1, CancelReason.RoundClosed), (cancelled.Header.Round, cancelled.Reason));
        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskOffer { Header: { AgentId: "d", Round: 2 } });
    }

    [Fact]
    public async Task A_fresh_result_takes_the_place_of_the_agents_late_one()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);
        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d");

        // c gives up, and d, which is free again, is asked in its place.
        TaskOffer offer = await rig.OfferAsync("c", round: 2);
        await rig.PostAsync(
            new TaskFailed { Header = rig.Reply(offer.Header, nameof(TaskFailed)), Code = "Internal", Retryable = false, Detail = "no" });
        await LateRounds.ResultsAsync(rig, 2, "a", "b", "d");
        RunOutcome outcome = await rig.Outcome.InTimeAsync();

        Assert.Equal("a b d, stale , late ", LateRounds.Text(outcome.Rounds[1].Figures!));
        Assert.False(rig.Blobs.Contains(late.Claim!.Sha256));
    }

    [Fact]
    public async Task A_late_result_does_not_count_beside_its_agents_fresh_one()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);

        // As after a restart that lost sight of its late task: it was given one of this round, and has done it.
        rig.State.Results["d"] = new StoredResult(
            2, "d", late.Claim!.Sha256, late.Claim.Size, late.Claim.Codec, 10, new ChangeNorm(1, 1), late.Metrics);
        await rig.PostAsync(late);

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("d");
        Assert.Equal((RejectionCode.RoundClosed, "Round 1 is closed, and agent 'd' has a result in round 2."), (rejected.Code, rejected.Detail));
    }

    [Fact]
    public async Task A_late_result_that_is_invalid_is_a_strike_and_its_agent_is_free()
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);

        await rig.PostAsync(late with { Examples = 0 });
        await rig.PostAsync(late);
        TaskOffer offer = await rig.OfferAsync("c", round: 2);
        await rig.PostAsync(
            new TaskFailed { Header = rig.Reply(offer.Header, nameof(TaskFailed)), Code = "Internal", Retryable = false, Detail = "no" });
        await LateRounds.ResultsAsync(rig, 2, "a", "b", "d");

        RunOutcome outcome = await rig.Outcome.InTimeAsync();
        Assert.Equal(
            [RejectionCode.Invalid, RejectionCode.RoundClosed],
            rig.Sender.Sent.Select(entry => entry.Message).OfType<ResultRejected>().Select(rejected => rejected.Code));
        Assert.Equal("a b d, stale , late ", LateRounds.Text(outcome.Rounds[1].Figures!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_that_says_hello_goes_on_with_its_late_task_or_is_free(bool holdsIt)
    {
        await using RunRig rig = await LateRounds.StartAsync(folder);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);

        await rig.HelloAsync("d", but: hello => hello with
        {
            Journal = holdsIt
                ? new OpenTask { RunId = rig.Facts.RunId, TaskId = late.Header.TaskId, LeaseEpoch = late.Header.LeaseEpoch, Step = 1 }
                : null,
        });
        await rig.PostAsync(late);

        if (holdsIt)
        {
            await rig.Sender.ForAsync<ResultAck>("d");
        }
        else
        {
            Assert.Equal(RejectionCode.RoundClosed, (await rig.Sender.ForAsync<ResultRejected>("d")).Code);
        }

        Assert.DoesNotContain(rig.Sender.Sent, entry => entry.Message is TaskCancelled);
    }

    [Fact]
    public async Task An_agent_that_is_free_after_its_late_result_stands_in_for_one_that_has_gone_silent()
    {
        var time = new FakeTimeProvider();
        await using RunRig rig = await LateRounds.StartAsync(folder, time: time, quorum: 1);
        ResultReady late = await LateRounds.FirstRoundAsync(rig);
        foreach (string agent in new[] { "a", "b" })
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round: 2)));
        }

        await rig.PostAsync(late);
        await rig.Sender.ForAsync<ResultAck>("d", ack => ack.Header.Round == 1);
        time.Advance(TimeSpan.FromMilliseconds(rig.Facts.SilenceMs - 1));
        foreach (string agent in new[] { "a", "b", "d" })
        {
            await rig.HeartbeatAsync(agent, boot: 1);
        }

        time.Advance(TimeSpan.FromMilliseconds(1));
        await rig.PostAsync(rig.Result(await rig.OfferAsync("d", round: 2)));

        Assert.Equal(["a", "b", "d"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 2)).Figures!.Accepted);
    }
}
