using System.Numerics;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>A function of one variable with its derivative, applied to several values at once.</summary>
internal interface IActivationFunction
{
    static abstract Vector<float> Value(Vector<float> x);

    /// <summary>The value, with the same bits, and the derivative: together they cost little more than one of them.</summary>
    static abstract Vector<float> Value(Vector<float> x, out Vector<float> derivative);

    /// <summary>The same bits for sixteen values, where the processor takes so many at once and the function is worth it.</summary>
    static virtual bool HasWide => false;

    static virtual Vector512<float> Value(Vector512<float> x) => throw new NotSupportedException();

    /// <inheritdoc cref="Value(Vector{float}, out Vector{float})"/>
    static virtual Vector512<float> Value(Vector512<float> x, out Vector512<float> derivative) => throw new NotSupportedException();
}
