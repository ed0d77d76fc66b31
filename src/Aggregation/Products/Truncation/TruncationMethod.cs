namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>The ways to the leading singular triplets of an unformed update.</summary>
public enum TruncationMethod
{
    /// <summary>Orthonormal bases of all factors and the decomposition of the small core, in double precision. Exact.</summary>
    Qr,

    /// <summary>Subspace iteration on the unformed update, started from the mean factors. Memory of a few blocks of vectors.</summary>
    Randomised,

    /// <summary>Subspace iteration on the formed [outputs × inputs] matrix: cheapest for very many agents, and one reading of them.</summary>
    Dense,
}
