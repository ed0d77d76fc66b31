using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Merging;

/// <summary>Manifests with a result in them that can't be merged: it is left out, and costs nobody else the round.</summary>
public sealed class ManifestAggregationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FedRot")]
    [InlineData("FedExLora")]
    [InlineData("FloraNA")]
    public async Task Huge_factors_of_a_tiny_product_cost_nobody_the_round(string strategy)
    {
        CoordinatorOptions options = Settings.For(folder, agents: 4);
        await using RunRig rig = await StartAsync(options with
        {
            Aggregation = options.Aggregation with { Strategy = strategy, Gauge = EdgeFlora.Aggregation.Gauge.Anchored },
            Training = options.Training with { UpdateCodec = "fp32" },
        });

        RunEvent committed = await RoundAsync(rig, broadcast => Scaled(broadcast, a: 2e7f, b: 1e-30f));

        Assert.Equal(["a", "b", "c", "d"], committed.Figures!.Accepted);
        Assert.All(
            rig.Broadcast(await rig.OfferAsync("a", round: 2)).Modules.Values,
            factors => Assert.True(Largest(factors.A.Values) < 10 && Largest(factors.B.Values) < 10));
    }

    [Fact]
    public async Task What_the_broadcast_codec_can_not_hold_is_left_out_by_name_and_the_rest_is_merged()
    {
        // Of two agents none can be called the odd one, so no bound keeps the head out; fp16 ends at 65,504.
        CoordinatorOptions options = Settings.For(folder, agents: 2);
        await using RunRig rig = await StartAsync(options with { Training = options.Training with { UpdateCodec = "fp32" } }, "c", "d");

        RunEvent committed = await RoundAsync(rig, WithHead(1e6f), "c", "d");

        Assert.Equal(["c"], committed.Figures!.Accepted);
        RefusedAgent refused = Assert.Single(committed.Figures.Rejected);
        Assert.Equal("d", refused.AgentId);
        Assert.Contains("fp16", refused.Reason, StringComparison.Ordinal);
        Assert.Equal("d", (await rig.Sender.EventAsync(RunEventKind.ResultRejected)).AgentId);
    }

    [Fact]
    public async Task A_manifest_of_which_nothing_can_be_merged_ends_its_round_with_all_reasons()
    {
        CoordinatorOptions options = Settings.For(folder, agents: 1, rounds: 1);
        await using RunRig rig = await StartAsync(options with { Training = options.Training with { UpdateCodec = "fp32" } }, "d");

        TaskOffer offer = await rig.OfferAsync("d");
        await rig.PostAsync(rig.Result(offer, WithHead(1e6f)));

        RunEvent skipped = await rig.Sender.EventAsync(RunEventKind.RoundSkipped);
        Assert.StartsWith("the aggregation failed: No result of the manifest can be merged: d: ", skipped.Detail, StringComparison.Ordinal);
    }

    private static async Task<RunRig> StartAsync(CoordinatorOptions options, params string[] names)
    {
        RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync(names.Length > 0 ? names : ["a", "b", "c", "d"]);
        return rig;
    }

    /// <summary>A round in which <c>d</c> sends what a test makes of the broadcast adapter.</summary>
    private static async Task<RunEvent> RoundAsync(RunRig rig, Func<LoraAdapter, LoraAdapter> odd, params string[] names)
    {
        foreach (string name in names.Length > 0 ? names : ["a", "b", "c", "d"])
        {
            TaskOffer offer = await rig.OfferAsync(name);
            await rig.PostAsync(name == "d" ? rig.Result(offer, odd) : rig.Result(offer));
        }

        return await rig.Sender.EventAsync(RunEventKind.RoundCommitted);
    }

    private static Func<LoraAdapter, LoraAdapter> WithHead(float value) => broadcast =>
    {
        LoraAdapter trained = broadcast.Clone();
        trained.Saved.Values.First().Values.AsSpan().Fill(value);
        return trained;
    };

    private static LoraAdapter Scaled(LoraAdapter broadcast, float a, float b)
    {
        LoraAdapter trained = broadcast.Clone();
        foreach (LoraFactors factors in trained.Modules.Values)
        {
            for (int i = 0; i < factors.A.Values.Length; i++)
            {
                factors.A.Values[i] = a * ((i % 7) - 3);
            }

            factors.B.Values.Fill(b);
        }

        return trained;
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }
}
