using System.Globalization;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>Bounds what a document may make of its bytes. A spec needs a depth of 3.</summary>
internal sealed class DocumentLimits
{
    private const int MaxDepth = 8;
    private const int MaxNodes = 25_000;

    private int nodes;

    /// <exception cref="SpecSyntaxException">The document nests too deep or has too many values.</exception>
    public void Count(SpecPlace place, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new SpecSyntaxException(
                place, string.Create(CultureInfo.InvariantCulture, $"sections and lists nest deeper than {MaxDepth} levels here; a spec needs 3"));
        }

        if (++nodes > MaxNodes)
        {
            throw new SpecSyntaxException(place, string.Create(CultureInfo.InvariantCulture, $"the spec has more than {MaxNodes} values"));
        }
    }
}
