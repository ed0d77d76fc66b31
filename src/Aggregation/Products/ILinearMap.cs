namespace EdgeFlora.Aggregation.Products;

/// <summary>A matrix T [outputs × inputs] that can be multiplied without being formed. Blocks of vectors are stored one vector a row.</summary>
internal interface ILinearMap
{
    int Outputs { get; }

    int Inputs { get; }

    /// <summary>Rows T·x [l × outputs] for the rows x of <paramref name="vectors"/> [l × inputs].</summary>
    /// <param name="ahead">
    /// How many of the first images will go through <see cref="ApplyTransposed"/> next: a map may prepare for it while it reads.
    /// </param>
    VectorBlock Apply(VectorBlock vectors, int ahead = 0);

    /// <summary>Rows Tᵀ·y [l × inputs] for the rows y of <paramref name="vectors"/> [l × outputs].</summary>
    /// <param name="ahead">How many of the first images will go through <see cref="Apply"/> next.</param>
    VectorBlock ApplyTransposed(VectorBlock vectors, int ahead = 0);
}
