using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Integration.Tests;

/// <summary>
/// Whole runs with the real coordinator, agents, engine and broker. Whatever is killed, the model is the one of an undisturbed run in one process.
/// </summary>
public sealed class RoundTests(BrokerFixture broker)
{
    private string Url => broker.Url("rounds");

    [Fact]
    public async Task A_run_over_the_broker_gives_the_bits_of_a_run_in_memory_and_learns()
    {
        RunOutcome inMemory = await UndisturbedAsync(null, "plain");

        RunOutcome overBroker = await UndisturbedAsync(Url, "plain");

        Assert.Equal(RunStatus.Completed, inMemory.Status);
        Assert.Equal(inMemory.ModelSha256, overBroker.ModelSha256);
        Assert.Equal(inMemory.Evaluations.Select(e => e.Metrics), overBroker.Evaluations.Select(e => e.Metrics));
        double[] losses = [.. overBroker.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics.GlobalLoss!.Value)];
        Assert.Equal(3, losses.Length);
        Assert.True(losses[2] < losses[0], $"Held-out loss went from {losses[0]} to {losses[2]}.");
    }

    [Fact]
    public async Task An_agent_killed_while_training_and_a_coordinator_killed_in_a_round_change_nothing()
    {
        RunOutcome calm = await UndisturbedAsync(null, "killed");
        await using Federation federation = await Federation.StartAsync(Url);
        (CoordinatorService first, _) = await federation.CoordinatorAsync(federation.Options("killed"));
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 1, SlowFactor = 200 });
        await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Phase: AgentPhase.Training, Step: > 3 } state ? state : null);

        await federation.Agent("trainer-1").DieAsync();
        await first.DieAsync();
        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(federation.Options("killed"));
        await federation.AgentAsync("trainer-1");
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(calm.ModelSha256, outcome.ModelSha256);
        Assert.Contains(federation.Events, e => e.Kind == RunEventKind.CoordinatorRecovered);
    }

    [Fact]
    public async Task A_broker_restarted_and_then_killed_in_a_round_changes_nothing()
    {
        PrivateBroker own = broker.Own;
        RunOutcome calm = await UndisturbedAsync(Url, "broker");
        await using Federation federation = await Federation.StartAsync(Url);
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(federation.Options("broker"));
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 1, SlowFactor = 200 });
        await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Phase: AgentPhase.Training, Step: > 3 } state ? state : null);

        // RabbitMQ 3.10 registers a new quorum queue on the disk some seconds after it has confirmed it: one killed before that comes back
        // with a queue that nobody can use. A stop in good order registers the run's queues.
        await own.StopAsync(TestContext.Current.CancellationToken);
        await own.StartAsync(TestContext.Current.CancellationToken);
        await own.KillAsync();
        await own.StartAsync(TestContext.Current.CancellationToken);
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(calm.ModelSha256, outcome.ModelSha256);
    }

    [Fact]
    public async Task A_second_agent_of_the_same_name_is_refused_and_the_first_works_on()
    {
        await using Federation federation = await Federation.StartAsync(Url);
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(federation.Options("names"));
        await federation.AgentAsync("trainer-1");
        await federation.EventAsync(e => e is { Kind: RunEventKind.AgentJoined, AgentId: "trainer-1" });

        Task twin = await federation.AgentAsync("trainer-1", stateFolder: "state-of-twin");
        var refused = await Assert.ThrowsAsync<AgentRefusedException>(() => twin.InTimeAsync(federation.Describe));
        await federation.AgentAsync("trainer-2");
        await federation.AgentAsync("trainer-3");
        await federation.AgentAsync("evaluator");
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        Assert.Equal(RefusalCode.NameInUse, refused.Code);
        Assert.Equal(RunStatus.Completed, outcome.Status);
    }

    private static async Task<RunOutcome> UndisturbedAsync(string? url, string name)
    {
        await using Federation federation = await Federation.StartAsync(url);
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(federation.Options(name));
        await federation.AllAgentsAsync();
        return await run.InTimeAsync(federation.Describe);
    }
}
