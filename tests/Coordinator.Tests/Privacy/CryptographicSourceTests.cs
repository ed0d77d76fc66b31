using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Privacy;

public sealed class CryptographicSourceTests
{
    [Fact]
    public void Without_a_secret_nobody_is_drawn() => Assert.Throws<ArgumentException>(() => PoissonSampling.Draw(default, 0.5, ["a"]));

    [Fact]
    public void A_drawn_secret_is_long_and_new_every_time()
    {
        byte[][] keys = [.. Enumerable.Range(0, 20).Select(_ => CryptographicSource.Draw(SecretUse.Noise, 1).ToArray())];

        Assert.All(keys, key => Assert.Equal(32, key.Length));
        Assert.Equal(20, keys.Select(Convert.ToHexString).Distinct().Count());
    }
}
