using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Integration.Tests;

/// <summary>A language model from the offer to the finished adapter, with the real coordinator, agents and engine, in memory.</summary>
public sealed class LanguageRunTests
{
    private const int Rounds = 3;

    [Fact]
    public async Task A_run_learns_to_write_and_its_adapter_is_as_good_as_the_evaluator_said()
    {
        await using Federation federation = await Federation.StartAsync(null, LearningTask.LanguageModel);

        RunOutcome outcome = await CalmAsync(federation, "FloraNA");

        ResultMetrics[] measured = [.. outcome.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics)];
        Assert.Equal(Rounds + 1, measured.Length);
        Assert.True(
            measured[^1].GlobalLoss < 0.8 * measured[0].GlobalLoss,
            $"Held-out loss: {string.Join(", ", measured.Select(m => m.GlobalLoss))}");
        Assert.True(measured[^1].GlobalBitsPerByte < 0.8 * measured[0].GlobalBitsPerByte);
        Assert.All(outcome.Rounds.SelectMany(round => round.Agents), agent =>
        {
            Assert.True(agent.Metrics.LocalLoss < agent.Metrics.GlobalLoss, $"{agent.AgentId}: {agent.Metrics}");
            Assert.True(
                agent.Metrics is { HeldOutTokens: > 0, LocalBitsPerByte: > 0, LocalAccuracy: null }
                    && agent.Metrics.TrainingTokens > 3 * agent.Examples);
        });
        LanguageMetrics again = Measure(federation, PeftFolder.Read(outcome.AdapterFolder!));
        Assert.Equal(
            (measured[^1].GlobalLoss, measured[^1].GlobalBitsPerByte, measured[^1].HeldOutTokens), (again.Loss, again.BitsPerByte, again.Tokens));
    }

    /// <summary>FedSaLora leaves B with the agents, FedExLora folds into the base weights.</summary>
    [Theory]
    [InlineData("FloraNA")]
    [InlineData("FedSaLora")]
    [InlineData("FedExLora")]
    public async Task An_agent_killed_while_training_and_a_coordinator_killed_in_a_round_change_nothing(string strategy)
    {
        await using Federation calm = await Federation.StartAsync(null, LearningTask.LanguageModel);
        RunOutcome expected = await CalmAsync(calm, strategy);
        await using Federation federation = await Federation.StartAsync(null, LearningTask.LanguageModel);
        CoordinatorOptions options = Options(federation, strategy);
        (CoordinatorService first, _) = await federation.CoordinatorAsync(options);
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 2, SlowFactor = 200 });
        await Federation.UntilAsync(
            () => federation.Agent("trainer-1").State is { Phase: AgentPhase.Training, Round: 2, Step: > 3 } state ? state : null);

        await federation.Agent("trainer-1").DieAsync();
        await first.DieAsync();
        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(options);
        await federation.AgentAsync("trainer-1");
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Contains(federation.Events, e => e.Kind == RunEventKind.CoordinatorRecovered);
        Assert.Equal(expected.Rounds.Select(round => round.Figures!.CommitSha256), outcome.Rounds.Select(round => round.Figures!.CommitSha256));
        Assert.Equal(expected.Evaluations.Select(e => e.Metrics), outcome.Evaluations.Select(e => e.Metrics));
    }

    private static LanguageMetrics Measure(Federation federation, LoraAdapter adapter)
    {
        var plan = new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1, Seed = 0 };
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(federation.Model, adapter, [], plan);
        IReadOnlyList<LanguageSequence> texts = LanguageSequence.Encode(federation.Model.Tokenizer, LanguageDataSet.Read(federation.CentralFile), 12);
        return LanguageMeasurement.Measure(tuning, texts, _ => { }, TestContext.Current.CancellationToken);
    }

    private static async Task<RunOutcome> CalmAsync(Federation federation, string strategy)
    {
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(Options(federation, strategy));
        await federation.AllAgentsAsync();
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);
        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.All(outcome.Rounds, round => Assert.Equal(Federation.Trainers, round.Figures!.Accepted.Count));
        return outcome;
    }

    private static CoordinatorOptions Options(Federation federation, string strategy) =>
        Federation.Measurable(federation.Options("language", Rounds) with { Aggregation = new AggregationOptions { Strategy = strategy } });
}
