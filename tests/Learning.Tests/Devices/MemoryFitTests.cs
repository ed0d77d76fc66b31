using EdgeFlora.Adapters;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;

namespace EdgeFlora.Learning.Tests.Devices;

public sealed class MemoryFitTests : IDisposable
{
    // Pieces that are given back are used again where their length is right, which is so for some shapes and not for others.
    private const double SlackPerThread = 1 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 8, 4)]
    [InlineData(1, 16, 12)]
    [InlineData(1, 32, 64)] // several parts of a batch, one after the other: no more memory than for one
    [InlineData(2, 16, 10)]
    [InlineData(2, 128, 24)] // a rank beyond those measured
    [InlineData(3, 48, 30)]
    public void What_is_predicted_is_what_training_takes(int threads, int rank, int batch)
    {
        BaseModel model = Load();
        var engine = new PortableEngine();
        DeviceProfile profile = DeviceProfile.Measure(engine, model, maxTokens: 64, threads, language: false, CancellationToken.None);
        var benchmark = new DeviceBenchmark(engine, model, 64, threads);

        long actual = benchmark.Measure(rank, batch, TimeSpan.Zero, CancellationToken.None).PeakBytes!.Value;

        long predicted = profile.Memory!.Bytes(rank, benchmark.TokensAtOnce(batch), 64);
        Assert.InRange(predicted, actual - (threads * SlackPerThread), actual + (threads * SlackPerThread) + (0.1 * actual));
        Assert.True(actual > 4 * threads * SlackPerThread || rank < 100, "The case says nothing where the slack is all there is.");
    }

    [Theory]
    [InlineData(AdapterVariant.Dora, 512, 8, 48, 7)] // an activation more for each of 16 layers
    [InlineData(AdapterVariant.Hira, 2048, 1, 16, 6)] // a matrix as large as a layer's
    public void What_a_variant_takes_beside_its_factors_is_predicted(AdapterVariant variant, int width, int layers, int tokens, int batch)
    {
        TinyBert.Write(
            folder.Path, TinyBert.Config with { HiddenSize = width, IntermediateSize = 32, Layers = layers, Heads = 4, MaxPositions = 64 });
        BaseModel model = BaseModel.Load(folder.Path);

        long actual = Measure(variant, 8, batch).PeakBytes!.Value;
        MemoryFit own = FitOf(variant), plain = FitOf(AdapterVariant.Lora);

        Assert.InRange(own.Bytes(8, batch * tokens, tokens), actual - SlackPerThread, actual + SlackPerThread + (0.1 * actual));
        Assert.True(plain.Bytes(8, batch * tokens, tokens) < actual - SlackPerThread, "The case says nothing where LoRA takes as much.");

        DeviceMeasurement Measure(AdapterVariant what, int rank, int size) =>
            new DeviceBenchmark(new PortableEngine(), model, tokens, threads: 1, what).Measure(rank, size, TimeSpan.Zero, CancellationToken.None);
        MemoryFit FitOf(AdapterVariant what) =>
            MemoryFit.Of(tokens, Measure(what, 4, 1), Measure(what, 64, 1), Measure(what, 4, 8), Measure(what, 64, 8));
    }

    [Fact]
    public void A_profile_tells_of_every_variant()
    {
        DeviceProfile profile = DeviceProfile.Measure(
            new PortableEngine(), Load(), maxTokens: 64, threads: 1, language: false, CancellationToken.None);

        Assert.Equal(profile.Memory, profile.MemoryOf(AdapterVariant.RsLora));
        Assert.True(profile.MemoryOf(AdapterVariant.Dora)!.PerToken > profile.Memory!.PerToken);
        Assert.NotNull(profile.MemoryOf(AdapterVariant.Hira));
    }

    [Fact]
    public void Of_a_language_model_the_scores_of_every_token_count()
    {
        TinyDecoder.Write(folder.Path, "llama", config => config.Replace("\"vocab_size\": 21", "\"vocab_size\": 20000", StringComparison.Ordinal));
        var model = BaseModel.Load(folder.Path);
        long Bytes(bool language) => new DeviceBenchmark(new PortableEngine(), model, maxTokens: 12, threads: 1, language: language).Measure(2, 8, TimeSpan.Zero, CancellationToken.None).PeakBytes!.Value;

        long scores = sizeof(float) * 8L * 12 * 20_000;
        Assert.InRange(Bytes(language: true) - Bytes(language: false), scores, long.MaxValue);
        Assert.NotEqual(
            DeviceProfile.KeyOf(new PortableEngine(), model, 12, 1, language: true), DeviceProfile.KeyOf(new PortableEngine(), model, 12, 1));
    }

    [Fact]
    public void The_largest_rank_is_the_last_that_fits()
    {
        MemoryFit fit = Fit(@fixed: 1000, perRank: 100, perToken: 10, perTokenRank: 1);

        // 1000 + 100·r + 50·(10 + r) = 1500 + 150·r.
        Assert.Equal(1500 + (150 * 8), fit.Bytes(8, tokensAtOnce: 50, maxTokens: 64));
        Assert.Equal(8, fit.LargestRank(1500 + (150 * 9) - 1, 50, 64));
        Assert.Equal(1, fit.LargestRank(1650, 50, 64));
        Assert.Null(fit.LargestRank(1649, 50, 64));
        Assert.Equal(MemoryFit.MostRank, fit.LargestRank(long.MaxValue, 50, 64));
    }

    [Fact]
    public void Examples_longer_than_were_measured_count_for_more()
    {
        MemoryFit fit = Fit(@fixed: 1000, perRank: 100, perToken: 10, perTokenRank: 1);

        Assert.Equal(1000 + 800 + (2 * 50 * 18), fit.Bytes(8, tokensAtOnce: 50, maxTokens: 128));
    }

    [Fact]
    public void Four_measurements_of_a_plane_give_the_plane()
    {
        var exact = new MemoryFit { MaxTokens = 64, Fixed = 5000, PerRank = 70, PerToken = 9, PerTokenRank = 0.5 };
        DeviceMeasurement At(int rank, int batch) => new(rank, batch, 1, exact.Bytes(rank, batch * 64, 64), batch * 64);

        MemoryFit fit = MemoryFit.Of(64, At(4, 1), At(64, 1), At(4, 16), At(64, 16));

        Assert.Equal(exact.Bytes(20, 640, 64), fit.Bytes(20, 640, 64));
    }

    [Fact]
    public void Measurements_that_span_no_plane_are_refused()
    {
        var one = new DeviceMeasurement(4, 1, 1, 1000, 64);

        Assert.Throws<ArgumentException>(() => MemoryFit.Of(64, one, one, one, one));
        Assert.Throws<ArgumentException>(() => MemoryFit.Of(64, one, one with { Rank = 64, PeakBytes = null }, one, one with { Rank = 64 }));
    }

    [Fact]
    public void The_tokens_at_once_are_those_of_the_shards_that_a_batch_is_cut_into()
    {
        foreach ((int sequences, int length, int threads) in new[] { (1, 64, 2), (9, 64, 1), (64, 64, 3), (5, 700, 2), (3, 512, 8) })
        {
            int[][] batch = [.. Enumerable.Range(0, sequences).Select(_ => new int[length])];
            var shards = new Shards(512);
            shards.Cut(batch, [.. Enumerable.Range(0, sequences)]);
            int[] sizes =
                [.. Enumerable.Range(0, shards.Count).Select(i => shards[i].GetOffsetAndLength(sequences).Length * length).OrderDescending()];

            Assert.Equal(Math.Min(threads, shards.Count) * sizes[0], Shards.MostTokensAtOnce(sequences, length, threads, 512));
        }
    }

    private static MemoryFit Fit(double @fixed, double perRank, double perToken, double perTokenRank) =>
        new() { MaxTokens = 64, Fixed = @fixed, PerRank = perRank, PerToken = perToken, PerTokenRank = perTokenRank };

    /// <summary>Wide enough for activations to weigh more than an arena's blocks.</summary>
    private BaseModel Load()
    {
        TinyBert.Write(folder.Path, TinyBert.Config with { HiddenSize = 128, IntermediateSize = 512, Layers = 4, Heads = 4, MaxPositions = 64 });
        return BaseModel.Load(folder.Path);
    }
}
