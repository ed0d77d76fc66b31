using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>What the kernels ask of one width of vector register; one body serves every width, resolved when it is compiled.</summary>
internal interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Values in one register.</summary>
    static abstract int Count { get; }

    /// <summary>Rows of an outer-product tile two registers wide whose sums stay in registers.</summary>
    static abstract int TileRows { get; }

    /// <summary>Rows of a tile of dot products with four columns: 3 or 6.</summary>
    static abstract int InnerRows { get; }

    static abstract TVector Zero { get; }

    static abstract unsafe TVector Load(float* source);

    static abstract unsafe void Store(TVector vector, float* target);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector x, TVector y);

    /// <summary>x·y + sum, fused where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector sum);

    /// <summary>Adds upper halves to lower ones until four values are left.</summary>
    static abstract Vector128<float> Fold(TVector vector);
}
