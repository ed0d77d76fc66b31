using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>What a private run draws for its rounds: who is asked, and the noise. An ordinary run draws nothing.</summary>
/// <param name="draw">Draws what must not follow from the run's seed.</param>
internal sealed class RoundSecrets(RunFacts facts, LiveRun state, SecretSource draw)
{
    private PrivacyRunOptions? Privacy => facts.Options.Privacy;

    /// <summary>Whether the budget covers no round after this one.</summary>
    public bool IsSpent => Privacy?.CoversOneAfter(state.NoisySums) == false;

    /// <summary>δ of the run; null: it is not private.</summary>
    public double? Delta => Privacy?.Delta;

    /// <summary>The round with the key by which its agents are drawn.</summary>
    public Round WithSamplingKey(Round round) => Privacy is null ? round : round with { SamplingKey = draw(SecretUse.Sampling, round.Number) };

    /// <summary>Stores the noise of a round that is being frozen.</summary>
    public void AddNoise(int round, Step step)
    {
        if (Privacy is not null)
        {
            step.Store.Models.AddNoise(round, draw(SecretUse.Noise, round));
            state.NoisySums++;
        }
    }

    /// <summary>Deletes the noise of a round that is over.</summary>
    public void ForgetNoise(int round, Step step)
    {
        if (Privacy is not null)
        {
            step.Store.Models.ForgetNoise(round);
        }
    }
}
