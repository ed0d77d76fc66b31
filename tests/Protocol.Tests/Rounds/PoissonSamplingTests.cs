using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Protocol.Tests.Given;

namespace EdgeFlora.Protocol.Tests.Rounds;

public sealed class PoissonSamplingTests
{
    private static readonly SecretSource Source = KnownSecrets.Of("sampling");

    [Fact]
    public void Each_agent_is_drawn_at_the_rate_and_any_two_independently()
    {
        const int Rounds = 4000;
        const double Rate = 0.3;
        string[] agents = ["a", "b", "agent-1", "agent-2"];
        var drawn = new int[agents.Length];
        var together = new int[agents.Length, agents.Length];
        for (int round = 1; round <= Rounds; round++)
        {
            HashSet<string> now = [.. PoissonSampling.Draw(Source(SecretUse.Sampling, round), Rate, agents)];
            for (int i = 0; i < agents.Length; i++)
            {
                drawn[i] += now.Contains(agents[i]) ? 1 : 0;
                for (int j = 0; j < i; j++)
                {
                    together[i, j] += now.Contains(agents[i]) && now.Contains(agents[j]) ? 1 : 0;
                }
            }
        }

        // Four standard deviations of a binomial count.
        Assert.All(drawn, count => Assert.Equal(Rate * Rounds, count, tolerance: Deviations(Rate)));
        for (int i = 0; i < agents.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.Equal(Rate * Rate * Rounds, together[i, j], tolerance: Deviations(Rate * Rate));
            }
        }

        static double Deviations(double rate) => 4 * Math.Sqrt(Rounds * rate * (1 - rate));
    }

    [Fact]
    public void Whether_an_agent_is_drawn_depends_on_the_key_and_nobody_else()
    {
        string[] many = [.. Enumerable.Range(0, 200).Select(i => $"agent-{i}")];
        string[] all = [.. PoissonSampling.Draw(Source(SecretUse.Sampling, 1), 0.5, many)];

        Assert.Equal(
            all.Where(agent => agent.EndsWith('7')),
            PoissonSampling.Draw(Source(SecretUse.Sampling, 1), 0.5, many.Where(agent => agent.EndsWith('7'))));
        Assert.NotEqual(all, PoissonSampling.Draw(Source(SecretUse.Sampling, 2), 0.5, many));
        Assert.NotEqual(all, PoissonSampling.Draw(KnownSecrets.Of("another")(SecretUse.Sampling, 1), 0.5, many));
    }

    [Fact]
    public void At_rate_1_everybody_is_drawn() =>
        Assert.Equal(["a", "b"], PoissonSampling.Draw(Source(SecretUse.Sampling, 1), 1, ["a", "b"]));

    [Fact]
    public void Without_a_secret_nobody_is_drawn()
    {
        Assert.StartsWith(
            "A private round has no secret to draw with.",
            Assert.Throws<ArgumentException>(() => PoissonSampling.Draw([], 0.5, ["a", "b"])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PoissonSampling.Draw(default, 0.5, ["a", "b"]));
    }
}
