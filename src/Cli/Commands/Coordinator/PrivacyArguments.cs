using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>
/// The options of <c>edgeflora coordinator</c> that make a run differentially private. Those that fix the guarantee have no default: somebody must
/// have chosen them.
/// </summary>
internal sealed class PrivacyArguments
{
    private readonly Option<double> noise = Ranged.Number(
        "--dp-noise",
        "Noise on a round's sum, as a multiple of --dp-clip, which makes the run differentially private for each agent; 0: it is not",
        "",
        0,
        1000,
        0.0);
    private readonly Option<double> clip = Ranged.Number(
        "--dp-clip", "Length an agent's change is cut to, over all factors and the head; needed with --dp-noise", "", 0, 1e9, 0.0);
    private readonly Option<double> budget = Ranged.Number(
        "--dp-budget", "Largest ε of the whole run, which ends before the round that would exceed it; needed with --dp-noise", "", 0, 1e6, 0.0);
    private readonly Option<double> delta = Ranged.Number("--dp-delta", "δ of the guarantee, well below 1 over --min-agents", "", 1e-15, 0.5, 1e-5);
    private readonly Option<double> sampling = Ranged.Number(
        "--dp-sampling",
        "Probability with which an agent takes part in a round, drawn in secret; the sum is divided by it times --min-agents",
        "",
        1e-6,
        1,
        1.0);

    public IEnumerable<Option> All => [noise, clip, budget, delta, sampling];

    /// <summary>What the options ask for; null: no privacy.</summary>
    /// <exception cref="InputException">Options are missing that the others need.</exception>
    public PrivacyRunOptions? Read(ParseResult parsed)
    {
        if (parsed.GetValue(noise) == 0)
        {
            return All.FirstOrDefault(option => option != noise && parsed.GetResult(option) is { Implicit: false }) is { } idle
                ? throw new InputException(
                    $"{idle.Name} is given without --dp-noise, so the run would not be private; give --dp-noise above 0 as well, "
                        + $"or leave {idle.Name} out")
                : null;
        }

        foreach (Option<double> needed in new[] { clip, budget })
        {
            if (parsed.GetValue(needed) == 0)
            {
                throw new InputException($"--dp-noise is given without {needed.Name}; a private run needs it, above 0");
            }
        }

        return new PrivacyRunOptions
        {
            NoiseMultiplier = parsed.GetValue(noise),
            ClipNorm = parsed.GetValue(clip),
            Budget = parsed.GetValue(budget),
            Delta = parsed.GetValue(delta),
            SamplingRate = parsed.GetValue(sampling),
        };
    }
}
