using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Options;

/// <summary>What control variates and training alone go together with.</summary>
public sealed class DriftRulesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, Func<CoordinatorOptions, CoordinatorOptions>> Variates => new()
    {
        {
            "Training:ControlVariates is true and Training:PersonalHead is true; a head that stays with each agent has no common direction",
            o => o with { Training = o.Training with { PersonalHead = true } }
        },
        {
            "Training:ControlVariates is true and Lora:Ranks gives agents different ranks",
            o => o with
            {
                Lora = o.Lora with { Ranks = new RanksByMemory(2, 8) },
                Aggregation = o.Aggregation with { Strategy = "FloraNA", Gauge = Gauge.Balanced },
            }
        },
        {
            "Training:ControlVariates is true and Rounds:LateResults is NextRound; a late result was trained against the variates",
            o => o with { Rounds = o.Rounds with { LateResults = LateResults.NextRound } }
        },
        {
            "Training:ControlVariates is true and Aggregation:Gauge is principal, which splits each round's products anew, so that variates mean "
                + "nothing in the next; with FedIT it must be anchored.",
            o => o with { Aggregation = o.Aggregation with { Gauge = Gauge.Principal } }
        },
        {
            "Training:ControlVariates is true and Aggregation:Strategy \"OptimalRank\" publishes factors in another basis than its agents', in which "
                + "variates mean nothing; it must be one of FedIT, FfaLora, FloraNA, MomentTilt, RoLora.",
            o => o with { Aggregation = o.Aggregation with { Strategy = "OptimalRank" } }
        },
        {
            "Training:ControlVariates is true and Aggregation:ServerStep is fedadam, which reads each round's result back into other factors",
            o => o with { Aggregation = o.Aggregation with { ServerStep = ServerStep.FedAdam } }
        },
        {
            "Training:ControlVariates is true in a private run",
            o => o with { Privacy = new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 1, Budget = 50 } }
        },
    };

    [Theory]
    [MemberData(nameof(Variates))]
    public void What_variates_mean_nothing_in_is_refused_with_the_reason(string line, Func<CoordinatorOptions, CoordinatorOptions> but)
    {
        CoordinatorOptions options = Settings.For(folder);
        options = options with
        {
            Aggregation = options.Aggregation with { Strategy = "FedIT", Gauge = Gauge.Anchored },
            Training = options.Training with { ControlVariates = true },
        };

        Assert.Empty(options.Problems());
        Assert.StartsWith(line, Assert.Single(but(options).Problems()), StringComparison.Ordinal);
    }

    public static TheoryData<string, Func<CoordinatorOptions, CoordinatorOptions>> Alone => new()
    {
        {
            "Training:Alone is true, and no agent measures what is published at the end of this run",
            o => o with { Rounds = o.Rounds with { FinalMeasure = false } }
        },
        {
            "Training:Alone is true, and each agent keeps its own B (FedSaLora); an agent exports an adapter of its own anyway",
            o => o with { Aggregation = o.Aggregation with { Strategy = "FedSaLora" } }
        },
        {
            "Training:Alone is true and Aggregation:Strategy is \"FloraStack\", which changes the base weights from round to round",
            o => o with { Aggregation = o.Aggregation with { Strategy = "FloraStack" } }
        },
    };

    [Theory]
    [MemberData(nameof(Alone))]
    public void Training_alone_is_refused_where_nothing_could_be_held_against_it(string line, Func<CoordinatorOptions, CoordinatorOptions> but)
    {
        CoordinatorOptions options = Settings.For(folder);
        options = options with
        {
            Rounds = options.Rounds with { FinalMeasure = null },
            Training = options.Training with { Alone = true },
        };

        Assert.Empty(options.Problems());
        Assert.StartsWith(line, Assert.Single(but(options).Problems()), StringComparison.Ordinal);
    }
}
