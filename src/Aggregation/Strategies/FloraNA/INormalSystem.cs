namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>A least-squares problem: the x that minimises xᵀHx − 2xᵀc + ‖T‖², with H [U × U] positive semidefinite.</summary>
internal interface INormalSystem
{
    /// <summary>c.</summary>
    double[] C { get; }

    /// <summary>H·x.</summary>
    double[] Times(double[] x);

    /// <summary>A better x, pulled proximally towards <paramref name="previous"/>: what H does not see stays where it was.</summary>
    /// <param name="ridge">Strength of the pull, a fraction of H's mean diagonal entry.</param>
    /// <param name="targetEnergy">‖T‖².</param>
    double[] Solve(double[] previous, double ridge, double targetEnergy);

    /// <summary>xᵀHx − 2xᵀc + ‖T‖², the squared error of x; at least 0.</summary>
    double SquaredError(double[] x, double targetEnergy)
    {
        double[] image = Times(x);
        double sum = targetEnergy;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * (image[i] - (2 * C[i]));
        }

        return Math.Max(0, sum);
    }
}
