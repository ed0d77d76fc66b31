using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Ranks;

/// <summary>Some components of one term of the ideal update, with the weight they have among all who hold them.</summary>
/// <param name="Term">Index of the term.</param>
/// <param name="Components">Which of its components; a range beyond its rank ends there.</param>
/// <param name="Share">Their weight; those of one range sum to 1 over all terms.</param>
internal sealed record TermPart(int Term, ComponentRange Components, double Share)
{
    /// <summary>Terms cut into <paramref name="parts"/>, each part a term with the label and the scale of its whole.</summary>
    /// <param name="parts">Grouped by term; null where terms count as a whole.</param>
    public static (IFactorSource Source, IReadOnlyList<UpdateTerm> Terms) Cut(
        IFactorSource source, IReadOnlyList<UpdateTerm> terms, IReadOnlyList<TermPart>? parts) => parts is null
        ? (source, terms)
        : (PartedFactors.Of(source, parts), [.. parts.Select(part => terms[part.Term] with { Share = part.Share })]);
}
