using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Adapters.Tests.Randomness;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_sequence_is_that_of_the_published_generator()
    {
        var random = new SeededRandom(0) { State = new RandomState(1, 2, 3, 4) };

        ulong[] drawn = [.. Enumerable.Range(0, 5).Select(_ => random.NextUInt64())];

        // What the authors' C code gives for state 1, 2, 3, 4.
        Assert.Equal([11520, 0, 1509978240, 1215971899390074240, 1216172134540287360], drawn);
    }

    [Fact]
    public void A_restored_state_goes_on_with_the_same_numbers()
    {
        var random = new SeededRandom(7);
        random.NextGaussian();
        RandomState state = random.State;
        double[] first = [random.NextGaussian(), random.NextGamma(0.3), random.NextDouble()];

        random.State = state;

        double[] second = [random.NextGaussian(), random.NextGamma(0.3), random.NextDouble()];
        Assert.Equal(first, second);
        Assert.Throws<ArgumentException>(() => random.State = default);
    }

    [Fact]
    public void Streams_of_different_purpose_index_or_seed_differ_and_each_repeats()
    {
        ulong[] drawn =
        [
            SeededRandom.For(1, "dropout").NextUInt64(),
            SeededRandom.For(1, "batch-order").NextUInt64(),
            SeededRandom.For(1, "dropout", 1).NextUInt64(),
            SeededRandom.For(2, "dropout").NextUInt64(),
        ];

        Assert.Distinct(drawn);
        Assert.Equal(drawn[0], SeededRandom.For(1, "dropout").NextUInt64());
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0)]
    [InlineData(4.5)]
    public void Gamma_numbers_have_mean_and_variance_of_their_shape(double shape)
    {
        (double mean, double variance) = Moments(random => random.NextGamma(shape));

        // Six standard errors of 100,000 draws: √(shape/n) for the mean, √((2·shape² + 6·shape)/n) for the variance.
        Assert.Equal(shape, mean, 6 * Math.Sqrt(shape / 100_000));
        Assert.Equal(shape, variance, 6 * Math.Sqrt(((2 * shape * shape) + (6 * shape)) / 100_000));
    }

    [Fact]
    public void Gaussian_numbers_have_mean_0_and_variance_1()
    {
        (double mean, double variance) = Moments(random => random.NextGaussian());

        // Six standard errors of 100,000 draws: √(1/n) and √(2/n).
        Assert.Equal(0, mean, 6 * Math.Sqrt(1.0 / 100_000));
        Assert.Equal(1, variance, 6 * Math.Sqrt(2.0 / 100_000));
    }

    [Fact]
    public void Integers_cover_their_range_evenly()
    {
        var random = new SeededRandom(5);
        int[] counts = new int[7];

        for (int i = 0; i < 70_000; i++)
        {
            counts[random.NextInt(7)]++;
        }

        // Six standard deviations of a binomial(70,000, 1/7): 6·√(70,000 · 1/7 · 6/7) ≈ 556.
        Assert.All(counts, count => Assert.InRange(count, 10_000 - 556, 10_000 + 556));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0));
    }

    [Fact]
    public void A_shuffle_keeps_every_item_and_repeats_with_its_seed()
    {
        int[] once = [.. Enumerable.Range(0, 50)];
        int[] again = [.. Enumerable.Range(0, 50)];

        new SeededRandom(3).Shuffle<int>(once);
        new SeededRandom(3).Shuffle<int>(again);

        Assert.Equal(once, again);
        Assert.NotEqual(Enumerable.Range(0, 50), once);
        Assert.Equal(Enumerable.Range(0, 50), once.Order());
    }

    private static (double Mean, double Variance) Moments(Func<SeededRandom, double> draw)
    {
        var random = new SeededRandom(11);
        double[] values = [.. Enumerable.Range(0, 100_000).Select(_ => draw(random))];
        double mean = values.Average();
        return (mean, values.Average(value => (value - mean) * (value - mean)));
    }
}
