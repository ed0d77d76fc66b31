using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>A matrix T [outputs × inputs] that can be multiplied without being formed. Blocks of vectors are stored one vector a row.</summary>
internal interface ILinearMap
{
    int Outputs { get; }

    int Inputs { get; }

    /// <summary>Rows T·x for the rows x of <paramref name="vectors"/> [l × inputs]; the result is [l × outputs].</summary>
    Matrix Apply(Matrix vectors);

    /// <summary>Rows Tᵀ·y for the rows y of <paramref name="vectors"/> [l × outputs]; the result is [l × inputs].</summary>
    Matrix ApplyTransposed(Matrix vectors);
}
