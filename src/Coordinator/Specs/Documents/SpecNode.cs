using System.Globalization;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>A part of a spec as it was written, with its place: YAML and JSON alike.</summary>
internal abstract record SpecNode(SpecPlace Place)
{
    /// <summary>For messages: the text of a value, or what else it is; cut to what a line holds.</summary>
    public abstract string AsTyped { get; }
}

/// <summary>A single value.</summary>
/// <param name="Quoted">Whether it was written in quotes, which makes it a text whatever it holds.</param>
internal sealed record SpecScalar(SpecPlace Place, string Text, bool Quoted) : SpecNode(Place)
{
    private const int MostShown = 60;

    /// <summary>Whether nothing was given: <c>key:</c>, <c>~</c> or <c>null</c>.</summary>
    public bool IsNull => !Quoted && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string AsTyped
    {
        get
        {
            string shown = Text.Length <= MostShown ? Text : string.Concat(Text.AsSpan(0, MostShown), "…");
            return Quoted ? $"'{shown}'" : IsNull ? "empty" : shown;
        }
    }
}

/// <summary>Values in order.</summary>
internal sealed record SpecList(SpecPlace Place, IReadOnlyList<SpecNode> Items) : SpecNode(Place)
{
    public override string AsTyped => string.Create(CultureInfo.InvariantCulture, $"a list of {Items.Count}");
}

/// <summary>Values under names, in the order they were written; a name may be there twice.</summary>
internal sealed record SpecSection(SpecPlace Place, IReadOnlyList<SpecEntry> Entries) : SpecNode(Place)
{
    public override string AsTyped => Entries.Count == 0 ? "an empty section" : $"a section with {string.Join(", ", Entries.Take(3).Select(entry =>
        entry.Name))}{(Entries.Count > 3 ? ", …" : "")}";
}

/// <summary>A name with its value.</summary>
/// <param name="Place">Of the name.</param>
internal sealed record SpecEntry(SpecPlace Place, string Name, SpecNode Value);
