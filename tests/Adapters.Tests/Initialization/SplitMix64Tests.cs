using EdgeFlora.Adapters.Initialization;

namespace EdgeFlora.Adapters.Tests.Initialization;

public sealed class SplitMix64Tests
{
    [Fact]
    public void The_stream_is_that_of_the_published_algorithm()
    {
        var random = new SplitMix64(1234567);

        // The test vector commonly given for seed 1234567.
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423], new[] { random.Next(), random.Next(), random.Next() });
    }

    [Fact]
    public void Seed_and_name_both_choose_the_stream()
    {
        ulong[] first = [.. new[] { new SplitMix64(1, "a"), new SplitMix64(2, "a"), new SplitMix64(1, "b"), new SplitMix64(1, "") }.Select(r => r.Next())];

        Assert.Equal(4, first.Distinct().Count());
        Assert.Equal(first[0], new SplitMix64(1, "a").Next());
    }
}
