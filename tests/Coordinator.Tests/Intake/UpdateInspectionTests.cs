using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Bodies that are not what an update has to be.</summary>
public sealed class UpdateInspectionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("FfaLora", "int8")]
    [InlineData("RoLora", "int4")]
    [InlineData("FedSvd", "topk:25")]
    [InlineData("FedSaLora", "fp16")]
    public async Task An_update_that_leaves_out_what_is_frozen_counts_and_one_that_sends_it_is_too_large(string strategy, string codec)
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder, codec, strategy);
        TaskOffer offer = await rig.OfferAsync("a");

        await rig.PostAsync(rig.Result(await rig.OfferAsync("b")));
        await rig.PostAsync(rig.Result(offer, leftOut: FrozenFactors.None));

        await rig.Sender.ForAsync<ResultAck>("b");
        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.OverBudget, rejected.Code);
    }

    // A of a module has 8 values and B 12. Each update leaves out other factors than it should, of the same size in all.
    public static TheoryData<string, bool, int[], int[]> Disguises => new()
    {
        { "FfaLora", true, [0], [1, 2] },
        { "FedSaLora", false, [0, 1, 2], [0, 1] },
    };

    [Theory]
    [MemberData(nameof(Disguises))]
    public async Task An_update_of_the_right_size_that_changes_a_frozen_factor_is_refused_by_name(
        string strategy, bool changesA, int[] withoutA, int[] withoutB)
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder, "fp16", strategy);
        TaskOffer offer = await rig.OfferAsync("a");
        string[] modules = [.. rig.Broadcast(offer).Modules.Keys];

        await rig.PostAsync(rig.Result(
            offer,
            broadcast =>
            {
                LoraAdapter trained = broadcast.Clone();
                LoraFactors last = trained.Modules[modules[3]];
                (changesA ? last.A : last.B).Values[0] += 0.01f;
                return trained;
            },
            new FrozenFactors(withoutA.Select(i => modules[i]), withoutB.Select(i => modules[i]))));

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Equal(
            $"The update changes {(changesA ? 'A' : 'B')} of module '{modules[3]}', which round 1 leaves as it was broadcast.", rejected.Detail);
    }

    [Fact]
    public async Task A_body_with_a_value_that_is_not_finite_is_refused()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder, codec: "fp32");
        TaskOffer offer = await rig.OfferAsync("a");
        ResultReady good = rig.Result(offer);
        byte[] body = rig.Blobs.ReadAll(good.Claim!.Sha256);
        BitConverter.TryWriteBytes(body.AsSpan(body.Length - 4), float.NaN);

        await rig.PostAsync(rig.Report(offer, rig.Blobs.Put(body, "fp32")));

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal(RejectionCode.Invalid, rejected.Code);
        Assert.Contains("finite", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_bytes_of_the_right_length_are_refused_and_not_aggregated()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        TaskOffer offer = await rig.OfferAsync("a");
        byte[] body = rig.Blobs.ReadAll(rig.Result(offer).Claim!.Sha256);
        new EdgeFlora.Adapters.Randomness.SeededRandom(1).Shuffle(body.AsSpan());

        await rig.PostAsync(rig.Report(offer, rig.Blobs.Put(body, "int8")));

        Assert.Equal(RejectionCode.Invalid, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
    }

    [Fact]
    public async Task A_difference_to_another_adapter_than_the_broadcast_one_is_refused()
    {
        await using RunRig rig = await IntakeRig.StartAsync(folder);
        TaskOffer offer = await rig.OfferAsync("a");
        LoraAdapter other = FakeTraining.Train(rig.Broadcast(offer), seed: 99);
        byte[] body = AdapterCodec.Parse("int8").Encode(FakeTraining.Train(other, 1), new AdapterReference(other));

        await rig.PostAsync(rig.Report(offer, rig.Blobs.Put(body, "int8")));

        Assert.Equal(RejectionCode.Invalid, (await rig.Sender.ForAsync<ResultRejected>("a")).Code);
    }
}
