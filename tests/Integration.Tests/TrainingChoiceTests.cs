using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Integration.Tests;

/// <summary>How agents train is the run's to choose; with the real coordinator, agents and engine, in memory.</summary>
public sealed class TrainingChoiceTests
{
    [Fact]
    public async Task A_run_with_another_optimiser_a_schedule_and_heads_by_class_learns_and_repeats_bit_by_bit()
    {
        RunOutcome first = await RunAsync(Chosen);
        RunOutcome again = await RunAsync(Chosen);

        Assert.Equal(first.CommitSha256, again.CommitSha256);
        double[] losses = [.. first.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics.GlobalLoss!.Value)];
        Assert.True(losses[^1] < losses[0] - 0.05, $"Held-out loss: {string.Join(", ", losses)}");
    }

    [Theory]
    [InlineData("optimiser")]
    [InlineData("schedule")]
    [InlineData("accumulation")]
    [InlineData("heads")]
    public async Task Each_choice_makes_another_adapter(string choice)
    {
        RunOutcome chosen = await RunAsync(Chosen, rounds: 1);
        RunOutcome other = await RunAsync(
            options => choice switch
            {
                "optimiser" => Chosen(options) with { Training = Chosen(options).Training with { Sgd = null } },
                "schedule" => Chosen(options) with { Training = Chosen(options).Training with { Schedule = RateSchedule.Linear } },
                "accumulation" => Chosen(options) with { Training = Chosen(options).Training with { Accumulate = 1 } },
                _ => Chosen(options) with { Aggregation = Chosen(options).Aggregation with { PerClassHeads = false } },
            },
            rounds: 1);

        Assert.NotEqual(chosen.ModelSha256, other.ModelSha256);
    }

    private static CoordinatorOptions Chosen(CoordinatorOptions options) => options with
    {
        Training = options.Training with
        {
            Sgd = new SgdSettings
            {
                Momentum = 0.9,
                Nesterov = true
            },
            Schedule = RateSchedule.Cosine,
            WarmupFraction = 0.1,
            Accumulate = 2,
            LearningRate = 0.05,
        },
        Aggregation = options.Aggregation with { PerClassHeads = true },
    };

    private static async Task<RunOutcome> RunAsync(Func<CoordinatorOptions, CoordinatorOptions> choose, int rounds = 2)
    {
        await using Federation federation = await Federation.StartAsync(null);
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(choose(federation.Options("choices", rounds)));
        await federation.AllAgentsAsync();
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);
        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.All(outcome.Rounds, round => Assert.Equal(Federation.Trainers, round.Figures!.Accepted.Count));
        return outcome;
    }
}
