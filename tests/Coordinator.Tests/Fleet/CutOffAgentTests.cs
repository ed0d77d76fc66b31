using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>What a run does about an agent whose connection is gone. No time passes: silence tells nothing here.</summary>
public sealed class CutOffAgentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task With_the_quorum_in_nobody_waits_for_it_and_the_next_round_does_not_count_on_it()
    {
        await using RunRig rig = await StartAsync(quorum: 0.6);
        await ReportAsync(rig, 1, "a", "b");

        rig.Post(new AgentCutOff("c", RunRig.BootOf("c", 1)));

        Assert.Equal(["a", "b"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 1)).Figures!.Accepted);
        await ReportAsync(rig, 2, "a", "b");
        Assert.Equal(["a", "b"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 2)).Figures!.Accepted);
        Assert.DoesNotContain(rig.Sender.Sent, sent => sent.Message is TaskOffer { Header: { AgentId: "c", Round: 2 } });
    }

    [Fact]
    public async Task Its_lease_stays_and_a_result_that_it_brings_back_counts()
    {
        await using RunRig rig = await StartAsync(quorum: 1);
        await ReportAsync(rig, 1, "a");
        TaskOffer offer = await rig.OfferAsync("c");
        rig.Post(new AgentCutOff("c", RunRig.BootOf("c", 1)));

        await rig.PostAsync(rig.Result(offer));
        await rig.Sender.ForAsync<ResultAck>("c");
        await ReportAsync(rig, 1, "b");

        Assert.Equal(["a", "b", "c"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 1)).Figures!.Accepted);
        await rig.OfferAsync("c", round: 2);
    }

    [Fact]
    public async Task Another_process_of_it_that_is_there_already_is_not_taken_for_gone()
    {
        await using RunRig rig = await StartAsync(quorum: 0.6);
        await rig.OfferAsync("c");
        await rig.HelloAsync("c", boot: 2);

        rig.Post(new AgentCutOff("c", RunRig.BootOf("c", 1)));
        await ReportAsync(rig, 1, "a", "b");
        TaskOffer again = await rig.Sender.ForAsync<TaskOffer>("c");
        await rig.PostAsync(rig.Result(again));

        Assert.Equal(["a", "b", "c"], (await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 1)).Figures!.Accepted);
    }

    [Fact]
    public async Task An_evaluator_that_is_cut_off_gets_no_new_task_until_it_is_heard()
    {
        await using RunRig rig = await StartAsync(quorum: 0.6);
        await rig.HelloAsync("judge", but: hello => hello with { Role = AgentRole.Evaluator });
        await rig.Sender.ForAsync<TaskOffer>("judge", offer => offer.Header.Round == 0);
        rig.Post(new AgentCutOff("judge", RunRig.BootOf("judge", 1)));
        TaskOffer first = await rig.Sender.ForAsync<TaskOffer>("judge", offer => offer.Header.Round == 0);
        await ReportAsync(rig, 1, "a", "b", "c");
        await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == 1);
        Assert.DoesNotContain(rig.Sender.Sent, sent => sent.Message is TaskOffer { Header: { AgentId: "judge", Round: 1 } });

        await rig.PostAsync(rig.Report(first, claim: null));

        await rig.Sender.ForAsync<TaskOffer>("judge", offer => offer.Header.Round == 1);
    }

    private static async Task ReportAsync(RunRig rig, int round, params string[] agents)
    {
        foreach (string agent in agents)
        {
            await rig.PostAsync(rig.Result(await rig.OfferAsync(agent, round)));
        }
    }

    private async Task<RunRig> StartAsync(double quorum)
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions { Count = 3, MinAgents = 3, Quorum = quorum });
        RunRig rig = await RunRig.StartAsync(options, time);
        await rig.HelloAllAsync("a", "b", "c");
        return rig;
    }
}
