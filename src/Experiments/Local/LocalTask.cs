using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Shares;

namespace EdgeFlora.Experiments.Local;

/// <summary>An agent's work in one round, with everything that determines what comes of it.</summary>
/// <param name="Share">Its texts.</param>
/// <param name="Start">The published adapter's body.</param>
/// <param name="BaseDelta">What was folded into the base up to now; null: nothing.</param>
/// <param name="After">Key of the agent's last work that counted, which left its error feedback and own factors; null: the first.</param>
/// <param name="Shape">The adapter's.</param>
/// <param name="Rules">What the strategy asks of training.</param>
/// <param name="Codec">Of the update.</param>
internal sealed record LocalTask(
    TextShare Share,
    string Start,
    string? BaseDelta,
    string? After,
    AdapterShape Shape,
    IReadOnlyList<FactorRule> Rules,
    HyperParameters Hyper,
    string Codec)
{
    /// <summary>Whether the agent has a head of its own.</summary>
    public bool PersonalHead { get; init; }

    /// <summary>Whether anything of what is trained stays with the agent.</summary>
    public bool KeepsParts => PersonalHead || Rules.Any(rule => rule.KeepB);

    /// <summary>Seed of the A that the agent begins with; null: that of the published adapter.</summary>
    public ulong? OwnA { get; init; }

    /// <summary>Whether the agent keeps a control variate.</summary>
    public bool KeepsVariate { get; init; }

    /// <summary>SHA-256 of the mean of all agents' control variates; null: there is none.</summary>
    public string? Common { get; init; }

    public string Key(string model)
    {
        string key = ContentKey.Of(
            "train", new { model, Share = Share.Sha256, Start, BaseDelta, After, Shape.Settings, Rules, Hyper, Codec, PersonalHead });
        key = OwnA is null ? key : ContentKey.Of("train with an own A", new { key, OwnA });
        return KeepsVariate ? ContentKey.Of("train with a variate", new { key, Common }) : key;
    }
}
