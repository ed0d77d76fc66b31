namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>
/// FLoRA-NA's scalars by Adam, the kind of solver its paper describes (arXiv 2509.26399): 200 steps of 0.01 on the error over ‖T‖², best so far.
/// </summary>
/// <remarks>Kept to compare with; <see cref="AlternatingLeastSquares"/> reaches a smaller error in one step.</remarks>
internal static class AdamDescent
{
    private const int Steps = 200;
    private const double Rate = 1e-2;
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    public static NearlyAccurateSolution Solve(INormalEquations equations, double[] startP, double[] startQ, double targetEnergy)
    {
        if (!(targetEnergy > 0))
        {
            return new NearlyAccurateSolution(startP, startQ, 0, 0, 0);
        }

        int agents = startP.Length;
        double[] x = [.. startP, .. startQ];
        double[] first = new double[x.Length];
        double[] second = new double[x.Length];
        double[] best = x;
        double bestError = double.PositiveInfinity;
        double start = 0;
        for (int step = 0; step <= Steps; step++)
        {
            INormalSystem forP = equations.ForP(x[agents..]);
            double error = forP.SquaredError(x[..agents], targetEnergy);
            start = step == 0 ? error : start;
            if (error < bestError)
            {
                (best, bestError) = ((double[])x.Clone(), error);
            }

            INormalSystem forQ = equations.ForQ(x[..agents]);
            double[] gradient = [.. Gradient(forP, x[..agents]), .. Gradient(forQ, x[agents..])];
            for (int i = 0; i < x.Length; i++)
            {
                double g = gradient[i] / targetEnergy;
                first[i] = (Beta1 * first[i]) + ((1 - Beta1) * g);
                second[i] = (Beta2 * second[i]) + ((1 - Beta2) * g * g);
                double mean = first[i] / (1 - Math.Pow(Beta1, step + 1));
                double spread = Math.Sqrt(second[i] / (1 - Math.Pow(Beta2, step + 1)));
                x[i] -= Rate * mean / (spread + Epsilon);
            }
        }

        return AlternatingLeastSquares.Normalised(best[..agents], best[agents..], bestError, start, Steps);
    }

    private static IEnumerable<double> Gradient(INormalSystem system, double[] x) => system.Times(x).Zip(system.C, (image, c) => 2 * (image - c));
}
