using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>Differential privacy: <c>privacy</c>. What fixes the guarantee has no default: somebody must have chosen it.</summary>
internal static class PrivacySection
{
    public static readonly Setting<double?> Noise = new(
        "privacy.noise",
        "Noise on a round's sum, as a multiple of privacy.clip, which makes the run differentially private for each agent.",
        "Privacy:NoiseMultiplier",
        new OptionalNumberType(new(0, 1000, above: true)),
        null);

    public static readonly Setting<double?> Clip = new(
        "privacy.clip",
        "Length an agent's change is cut to, over all factors and the head.",
        "Privacy:ClipNorm",
        new OptionalNumberType(new(0, 1e9, above: true)),
        null);

    public static readonly Setting<double?> Budget = new(
        "privacy.budget",
        "Largest ε of the whole run, which ends before the round that would exceed it.",
        "Privacy:Budget",
        new OptionalNumberType(new(0, 1e6, above: true)),
        null);

    public static readonly Setting<double> Delta = new(
        "privacy.delta", "δ of the guarantee, well below 1 over agents.min.", "Privacy:Delta", new NumberType(0, 0.5, above: true), 1e-5);

    public static readonly Setting<double> Sampling = new(
        "privacy.sampling",
        "Probability with which an agent takes part in a round, drawn in secret; the sum is divided by it times agents.min.",
        "Privacy:SamplingRate",
        new NumberType(0, 1, above: true),
        1);

    public static SpecSectionSettings Section { get; } = new(
        "privacy", "Differential privacy of the run, for each agent's data as a whole. Without it: none.", [Noise, Clip, Budget, Delta, Sampling]);

    public static PrivacyRunOptions? Read(SettingValues values)
    {
        if (!Section.Settings.Any(values.Has))
        {
            return null;
        }

        Setting<double?>[] missing = [.. new[] { Noise, Clip, Budget }.Where(needed => !values.Has(needed))];
        foreach (Setting<double?> needed in missing)
        {
            values.Refuse(
                needed, $"{needed.Path} is missing; a private run needs privacy.noise, privacy.clip and privacy.budget, each {needed.Type.Right}");
        }

        return missing.Length > 0 ? null : new PrivacyRunOptions
        {
            NoiseMultiplier = values.Of(Noise)!.Value,
            ClipNorm = values.Of(Clip)!.Value,
            Budget = values.Of(Budget)!.Value,
            Delta = values.Of(Delta),
            SamplingRate = values.Of(Sampling),
        };
    }
}
