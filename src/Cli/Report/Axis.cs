namespace EdgeFlora.Cli.Report;

/// <summary>A linear axis from 0 with round ticks.</summary>
/// <param name="Length">User units from 0 to <paramref name="Max"/>.</param>
/// <param name="Max">Value at the end.</param>
/// <param name="Step">Between two ticks.</param>
internal sealed record Axis(double Length, double Max, double Step)
{
    /// <summary>Covers [0, <paramref name="largest"/>] with four to eight ticks at 1, 2 or 5 times a power of ten.</summary>
    public static Axis Covering(double largest, double length)
    {
        double wanted = double.IsFinite(largest) && largest > 0 ? largest : 1;
        double raw = wanted / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return new Axis(length, step * Math.Ceiling((wanted / step) - 1e-9), step);
    }

    /// <summary>Covers [0, <paramref name="largest"/>] and ends there; the last tick may lie before the end.</summary>
    public static Axis EndingAt(double largest, double length) =>
        Covering(largest, length) is var rounded && largest > 0 ? rounded with { Max = largest } : rounded;

    /// <summary>Accuracy from 0 to 100 %.</summary>
    public static Axis Fraction(double length) => new(length, 1, 0.2);

    public double At(double value) => Length * Math.Clamp(value / Max, 0, 1);

    public IEnumerable<double> Ticks()
    {
        for (int i = 0; i * Step <= Max * (1 + 1e-9); i++)
        {
            yield return i * Step;
        }
    }
}
