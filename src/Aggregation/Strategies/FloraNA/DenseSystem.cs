using System.Numerics.Tensors;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>A problem whose H is held in memory, solved by Cholesky.</summary>
internal sealed class DenseSystem(DoubleMatrix h, double[] c) : INormalSystem
{
    public double[] C { get; } = c;

    public double[] Times(double[] x)
    {
        double[] image = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            image[i] = TensorPrimitives.Dot<double>(h.Row(i), x);
        }

        return image;
    }

    public double[] Solve(double[] previous, double ridge, double targetEnergy) => Cholesky.SolveProximal(h, C, previous, ridge);
}
