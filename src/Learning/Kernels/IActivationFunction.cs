using System.Numerics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>A function of one variable with its derivative, applied to several values at once.</summary>
internal interface IActivationFunction
{
    static abstract Vector<float> Value(Vector<float> x);

    static abstract Vector<float> Derivative(Vector<float> x);
}
