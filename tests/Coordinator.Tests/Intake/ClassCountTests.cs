using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Intake;

/// <summary>Heads averaged by the examples of each class.</summary>
public sealed class ClassCountTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<int[]?, string> Wrong => new()
    {
        { null, "The result does not say how many examples each class has, and the offer asked for it." },
        { [10], "The result counts examples of 1 classes; it needs 2 counts, none below 0." },
        { [11, -1], "The result counts examples of 2 classes; it needs 2 counts, none below 0." },
        { [10, 1], "The result counts 11 examples by class and 10 in all." },
        { [int.MaxValue, int.MaxValue], "The result counts 4294967294 examples by class and 10 in all." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_result_whose_counts_cannot_be_is_refused(int[]? counts, string said)
    {
        await using RunRig rig = await RunRig.StartAsync(Options(perClass: true));
        await rig.HelloAllAsync("a", "b");

        await rig.PostAsync(rig.Result(await rig.OfferAsync("a")) with { ClassCounts = counts });

        ResultRejected rejected = await rig.Sender.ForAsync<ResultRejected>("a");
        Assert.Equal((RejectionCode.Invalid, said), (rejected.Code, rejected.Detail));
    }

    [Fact]
    public async Task A_row_of_the_head_is_the_mean_over_the_examples_of_its_class_and_none_weighs_more_than_the_cap()
    {
        // Both have ten examples, of which the cap lets eight count; all of a's are of the first class, and a fifth of b's.
        float[] head = await HeadAsync(perClass: true, first: [10, 0], second: [2, 8]);

        // First row: a's 8 against b's 1.6. Second: b alone. The broadcast codec is exact for these numbers but for thirds and fifths: half precision
        // has 11 bits.
        Assert.Equal((1 * 8 / 9.6) + (3 * 1.6 / 9.6), head[0], tolerance: 1e-3);
        Assert.Equal(3, head[4], tolerance: 1e-3);
    }

    [Fact]
    public async Task Without_the_option_counts_change_nothing_and_are_not_kept()
    {
        float[] head = await HeadAsync(perClass: false, first: [10, 0], second: [2, 8]);

        Assert.All(head, value => Assert.Equal(2, value, tolerance: 1e-3));
    }

    /// <summary>The head [2 × 4] after a round in which a trained all of it to 1 and b to 3.</summary>
    private async Task<float[]> HeadAsync(bool perClass, int[] first, int[] second)
    {
        CoordinatorOptions options = Options(perClass);
        await using RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a", "b");

        await rig.PostAsync(rig.Result(await rig.OfferAsync("a"), broadcast => Trained(broadcast, 1)) with { ClassCounts = first });
        await rig.PostAsync(rig.Result(await rig.OfferAsync("b"), broadcast => Trained(broadcast, 3)) with { ClassCounts = second });
        RunOutcome outcome = await rig.Outcome.InTimeAsync();

        byte[] model = new BlobStore(Path.Combine(options.Store.StateFolder, "blobs")).ReadAll(outcome.ModelSha256!);
        return Adapters.Codecs.AdapterPayload.Decode(model, Adapters.Codecs.AdapterPayload.Describe(model, maxParameters: 10_000).Shape).Saved["classifier.weight"].Values;
    }

    private static LoraAdapter Trained(LoraAdapter broadcast, float head)
    {
        LoraAdapter trained = broadcast.Clone();
        trained.Saved["classifier.weight"].Values.AsSpan().Fill(head);
        return trained;
    }

    private CoordinatorOptions Options(bool perClass)
    {
        CoordinatorOptions options = Settings.For(folder, agents: 2, rounds: 1);
        return options with
        {
            Training = options.Training with { UpdateCodec = "fp32" },
            Aggregation = options.Aggregation with { PerClassHeads = perClass },
            Intake = options.Intake with { MaxExamples = 8 },
        };
    }
}
