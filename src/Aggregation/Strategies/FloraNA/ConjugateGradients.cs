namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>
/// Conjugate gradients on (H + μI)·x = c + μ·previous, from the previous iterate, with H known by its products and its diagonal (Hestenes and Stiefel
/// 1952).
/// </summary>
/// <remarks>Every step lowers the error, so it may stop at any: what H does not see is never touched, and what it hardly sees hardly.</remarks>
internal static class ConjugateGradients
{
    private const int MaxSteps = 60;

    // A step that gains less of the squared error than this ends it: a tenth of what ends the alternation.
    private const double Enough = 1e-6;

    /// <param name="times">x ↦ H·x.</param>
    /// <param name="diagonal">Of H; preconditions agents of very different lengths.</param>
    /// <param name="targetEnergy">‖T‖²; with it the objective xᵀHx − 2xᵀc + ‖T‖² is the squared error.</param>
    public static double[] Solve(Func<double[], double[]> times, double[] diagonal, double[] c, double[] previous, double ridge, double targetEnergy)
    {
        int n = c.Length;
        double mu = ridge * diagonal.Sum() / n;
        if (!(mu > 0))
        {
            return previous;
        }

        double[] x = (double[])previous.Clone();
        double[] image = times(x);
        double[] residual = [.. Enumerable.Range(0, n).Select(i => c[i] - image[i])];
        double error = targetEnergy + Enumerable.Range(0, n).Sum(i => x[i] * (image[i] - (2 * c[i])));
        double[] z = Preconditioned(residual);
        double[] direction = (double[])z.Clone();
        double rz = Dot(residual, z);
        for (int step = 0; step < MaxSteps && rz > 0; step++)
        {
            double[] along = times(direction);
            for (int i = 0; i < n; i++)
            {
                along[i] += mu * direction[i];
            }

            double curvature = Dot(direction, along);
            if (!(curvature > 0))
            {
                break;
            }

            double length = rz / curvature;
            for (int i = 0; i < n; i++)
            {
                x[i] += length * direction[i];
                residual[i] -= length * along[i];
            }

            double gain = length * rz;
            error -= gain;
            if (gain <= Enough * Math.Max(0, error))
            {
                break;
            }

            z = Preconditioned(residual);
            double next = Dot(residual, z);
            for (int i = 0; i < n; i++)
            {
                direction[i] = z[i] + (next / rz * direction[i]);
            }

            rz = next;
        }

        return x;

        double[] Preconditioned(double[] values) => [.. values.Select((value, i) => value / (diagonal[i] + mu))];
    }

    private static double Dot(double[] x, double[] y) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(x, y);
}
