using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Minimises ‖(Σ pᵤBᵤ)(Σ qᵤAᵤ) − T‖² over the scalars by solving for q and for p in turn, from plain averaging.</summary>
/// <remarks>
/// The objective is that of FLoRA-NA (arXiv 2509.26399). Each half step is an exact least-squares solution pulled proximally to the iterate before it,
/// so the error never rises, and the result is never worse than plain averaging.
/// </remarks>
internal static class AlternatingLeastSquares
{
    private const int MaxIterations = 10;
    private const double Enough = 1e-5;

    // Below this fraction of ‖T‖² an error is rounding: plain averaging is exact already.
    private const double Exact = 1e-24;

    /// <param name="startP">cᵤ, what plain averaging gives Bᵤ.</param>
    /// <param name="startQ">wᵤ, what plain averaging gives Aᵤ.</param>
    /// <param name="ridge">Strength of the proximal pull: 1e-8, or 1e-4 for factors rounded to four bits.</param>
    public static NearlyAccurateSolution Solve(INormalEquations equations, double[] startP, double[] startQ, double targetEnergy, double ridge)
    {
        double[] p = startP;
        double[] q = startQ;
        if (!(targetEnergy > 0))
        {
            return new NearlyAccurateSolution(p, q, 0, 0, 0);
        }

        (DoubleMatrix h, double[] c) = equations.ForQ(p);
        double start = SquaredError(h, c, q, targetEnergy);
        double error = start;
        int iteration = 0;
        while (iteration < MaxIterations && error > Exact * targetEnergy)
        {
            double[] nextQ = Cholesky.SolveProximal(h, c, q, ridge);
            (h, c) = equations.ForP(nextQ);
            double[] nextP = Cholesky.SolveProximal(h, c, p, ridge);
            double next = SquaredError(h, c, nextP, targetEnergy);
            // Rounding may lift an error that is already at its floor; such a step is not taken.
            if (!(next < error))
            {
                break;
            }

            bool enough = error - next < Enough * error;
            (p, q, error) = (nextP, nextQ, next);
            iteration++;
            if (enough)
            {
                break;
            }

            (h, c) = equations.ForQ(p);
        }

        return Normalised(p, q, error, start, iteration);
    }

    internal static double SquaredError(DoubleMatrix h, double[] c, double[] x, double targetEnergy)
    {
        double quadratic = 0;
        double linear = 0;
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < x.Length; j++)
            {
                quadratic += x[i] * h[i, j] * x[j];
            }

            linear += x[i] * c[i];
        }

        return Math.Max(0, quadratic - (2 * linear) + targetEnergy);
    }

    // (p, q) and (t·p, q/t) give the same product; Σp = 1 makes the scalars readable.
    internal static NearlyAccurateSolution Normalised(double[] p, double[] q, double error, double start, int iterations)
    {
        double sum = p.Sum();
        if (Math.Abs(sum) > 1e-3 * p.Sum(Math.Abs))
        {
            p = [.. p.Select(value => value / sum)];
            q = [.. q.Select(value => value * sum)];
        }

        return new NearlyAccurateSolution(p, q, error, start, iterations);
    }
}
