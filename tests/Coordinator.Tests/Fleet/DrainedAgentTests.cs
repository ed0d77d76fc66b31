using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>An agent that is drained finishes what it has, also as another process, and gets nothing new.</summary>
public sealed class DrainedAgentTests : FleetRegistryCase
{
    private readonly TemporaryFolder runFolder = new();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_run_whose_task_it_brings_is_told_that_it_is_there_as_another_process(bool bringsTask, bool isTold)
    {
        List<FleetAgent> joined = [];
        Fleet.Hooks.Joined = (agent, _) => joined.Add(agent);
        Fleet.Take(Hello(boot: 1), user: null);
        Fleet.Change("a", agent => agent with { Standing = AgentStanding.Draining }, "drained", "operator", command: null);
        OpenTask[] tasks = bringsTask ? [new OpenTask { RunId = Home, TaskId = Boot(5), LeaseEpoch = 1 }] : [];

        Fleet.Take(Hello(boot: 2) with { Tasks = tasks }, user: null);

        Assert.Equal(AgentStanding.Draining, joined[^1].Standing);
        Assert.Equal((isTold, false), (joined[^1].MayWorkFor(Home), joined[^1].MayWorkFor(Boot(9))));
    }

    [Fact]
    public async Task An_evaluator_measures_nothing_new_until_it_is_released()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer first = await rig.OfferAsync("judge", round: 0);
        rig.Drained["judge"] = true;

        await rig.PostAsync(rig.Report(first, claim: null));
        await TrainAsync(rig, 1);
        await TrainAsync(rig, 2);
        Assert.DoesNotContain(rig.Sender.Sent, sent => sent.Message is TaskOffer { Header: { AgentId: "judge", Round: > 0 } });

        rig.Drained.Clear();
        await rig.HelloAsync("judge", but: Judge, said: false);
        await rig.OfferAsync("judge", round: 1);
    }

    [Fact]
    public async Task The_end_of_a_run_waits_for_no_drained_evaluator()
    {
        await using RunRig rig = await StartAsync();
        TaskOffer first = await rig.OfferAsync("judge", round: 0);
        rig.Drained["judge"] = true;
        await rig.PostAsync(rig.Report(first, claim: null));

        await TrainAsync(rig, 1);
        await TrainAsync(rig, 2);
        await TrainAsync(rig, 3);

        // No time passes here.
        Assert.Equal(3, (await rig.Outcome.InTimeAsync()).Rounds.Count);
    }

    private static AgentHello Judge(AgentHello hello) => hello with { Role = AgentRole.Evaluator };

    private static async Task TrainAsync(RunRig rig, int round)
    {
        await rig.PostAsync(rig.Result(await rig.OfferAsync("a", round)));
        await rig.Sender.EventAsync(RunEventKind.RoundCommitted, happened => happened.Round == round);
    }

    private async Task<RunRig> StartAsync()
    {
        CoordinatorOptions options = Settings.For(runFolder, roundOptions: new RoundOptions { Count = 3, MinAgents = 1, Quorum = 1, Evaluators = 1 });
        RunRig rig = await RunRig.StartAsync(options, new FakeTimeProvider());
        await rig.HelloAsync("judge", but: Judge);
        await rig.HelloAsync("a");
        return rig;
    }
}
