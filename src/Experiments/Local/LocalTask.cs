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

    public string Key(string model) => ContentKey.Of(
        "train", new { model, Share = Share.Sha256, Start, BaseDelta, After, Shape.Settings, Rules, Hyper, Codec, PersonalHead });
}
