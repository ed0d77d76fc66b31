namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Minimises ‖(Σ pᵤBᵤ)(Σ qᵤAᵤ) − T‖² over the scalars by solving for q and for p in turn, from plain averaging.</summary>
/// <remarks>
/// The objective is that of FLoRA-NA (arXiv 2509.26399). Each half step is a least-squares solution pulled proximally to the iterate before it,
/// so the error never rises, and the result is never worse than plain averaging.
/// </remarks>
internal static class AlternatingLeastSquares
{
    private const int MaxHalfSteps = 20;
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

        INormalSystem system = equations.ForQ(p);
        double start = system.SquaredError(q, targetEnergy);
        double error = start;
        int halfSteps = 0;
        while (halfSteps < MaxHalfSteps && error > Exact * targetEnergy)
        {
            bool forQ = halfSteps % 2 == 0;
            system = halfSteps == 0 ? system : forQ ? equations.ForQ(p) : equations.ForP(q);
            double[] held = forQ ? q : p;
            // Measured anew: the rounding of one system must not be taken for a gain or loss of the other.
            double before = halfSteps == 0 ? start : system.SquaredError(held, targetEnergy);
            double[] next = system.Solve(held, ridge, targetEnergy);
            double after = system.SquaredError(next, targetEnergy);
            halfSteps++;
            if (after < before)
            {
                (p, q, error) = forQ ? (p, next, after) : (next, q, after);
            }

            // A half step that gains nothing leaves the other side where it already is best; only the first says nothing about p.
            if (halfSteps > 1 && !(before - after > Enough * after))
            {
                break;
            }
        }

        return Normalised(p, q, error, start, halfSteps);
    }

    // (p, q) and (t·p, q/t) give the same product; Σp = 1 makes the scalars readable.
    internal static NearlyAccurateSolution Normalised(double[] p, double[] q, double error, double start, int halfSteps)
    {
        double sum = p.Sum();
        if (Math.Abs(sum) > 1e-3 * p.Sum(Math.Abs))
        {
            p = [.. p.Select(value => value / sum)];
            q = [.. q.Select(value => value * sum)];
        }

        return new NearlyAccurateSolution(p, q, error, start, halfSteps);
    }
}
