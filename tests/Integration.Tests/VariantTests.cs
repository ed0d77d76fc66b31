using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Integration.Tests;

/// <summary>Every variant of LoRA from the offer to the finished adapter, with the real coordinator, agents and engine, in memory.</summary>
public sealed class VariantTests
{
    private const int Rounds = 3;

    // FfaLora and RoLora freeze factors, FedExLora folds into the base, on whose rows DoRA's magnitudes stand.
    public static TheoryData<AdapterVariant, string> Cases => new()
    {
        { AdapterVariant.RsLora, "FloraNA" },
        { AdapterVariant.RsLora, "FedExLora" },
        { AdapterVariant.Dora, "FloraNA" },
        { AdapterVariant.Dora, "FfaLora" },
        { AdapterVariant.Dora, "FedExLora" },
        { AdapterVariant.Hira, "FloraNA" },
        { AdapterVariant.Hira, "RoLora" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_run_of_the_variant_learns_leaves_its_adapter_and_survives_its_coordinator(AdapterVariant variant, string strategy)
    {
        await using Federation calm = await Federation.StartAsync(null);
        (_, Task<RunOutcome> undisturbed) = await calm.CoordinatorAsync(Options(calm, variant, strategy));
        await calm.AllAgentsAsync();
        RunOutcome expected = await undisturbed.InTimeAsync(calm.Describe);
        await using Federation federation = await Federation.StartAsync(null);
        CoordinatorOptions options = Options(federation, variant, strategy);
        (CoordinatorService first, _) = await federation.CoordinatorAsync(options);

        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 2, SlowFactor = 20 });
        await federation.EventAsync(e => e is { Kind: RunEventKind.ResultAccepted, Round: 2 });
        await first.DieAsync();
        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(options);
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.All(outcome.Rounds, round => Assert.Equal(Federation.Trainers, round.Figures!.Accepted.Count));
        Assert.Equal(expected.Rounds.Select(round => round.Figures!.CommitSha256), outcome.Rounds.Select(round => round.Figures!.CommitSha256));
        double[] losses = [.. outcome.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics.GlobalLoss!.Value)];
        Assert.Equal(Rounds + 1, losses.Length);
        Assert.True(losses[^1] < losses[0] - 0.05, $"Held-out loss: {string.Join(", ", losses)}");
        AssertIs(variant, PeftFolder.Read(outcome.AdapterFolder!));

        // HiRA's folder has the scale of 2 in B, which is exact. The evaluator measured the same numbers.
        Assert.Equal(losses[^1], federation.LossOfWritten(outcome), tolerance: 1e-9);
    }

    private static void AssertIs(AdapterVariant variant, LoraAdapter adapter)
    {
        Assert.Equal(variant, adapter.Settings.Variant);
        double scale = variant switch
        {
            AdapterVariant.RsLora => 8 / Math.Sqrt(4),
            AdapterVariant.Hira => 1, // PEFT's HiRA has none: it is multiplied into B.
            _ => 8 / 4,
        };
        Assert.Equal(scale, adapter.Settings.Scale, tolerance: 1e-12);
        Assert.All(adapter.Modules.Values, factors => Assert.True(factors.B.Values.ContainsAnyExcept(0f)));
        string[] magnitudes = [.. adapter.Saved.Keys.Where(name => name.EndsWith(ModuleNames.MagnitudeSuffix, StringComparison.Ordinal))];
        Assert.Equal(variant == AdapterVariant.Dora ? adapter.Modules.Keys.Select(module => module + ModuleNames.MagnitudeSuffix) : [], magnitudes);
        Assert.All(magnitudes, name => Assert.All(adapter.Saved[name].Values, length => Assert.True(length > 0)));
    }

    private static CoordinatorOptions Options(Federation federation, AdapterVariant variant, string strategy)
    {
        CoordinatorOptions options = federation.Options("variants", Rounds);
        return options with { Lora = options.Lora with { Variant = variant }, Aggregation = new AggregationOptions { Strategy = strategy } };
    }
}
