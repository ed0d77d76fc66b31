namespace EdgeFlora.Learning.Kernels;

/// <summary>Cosines and sines that rotate pairs of a head's values by the token's position (arXiv 2104.09864). Thread-safe; grows to the positions that are asked for.</summary>
public sealed class RotaryTable
{
    // Rows grow by doubling, so that a long sequence of positions is computed a few times at most.
    private const int FirstRows = 64;

    private readonly double[] frequencies;
    private readonly double scale;
    private volatile Angles angles;

    /// <param name="frequencies">Radians per position of each pair; a head is twice as wide.</param>
    /// <param name="interleaved">Whether a pair is two neighbours (2i, 2i + 1), as in the first published code; else the halves are paired (i, i + width/2), as in Transformers.</param>
    /// <param name="scale">What rotated values are multiplied by; 1 but for YaRN.</param>
    public RotaryTable(IReadOnlyList<double> frequencies, bool interleaved, double scale = 1)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        ArgumentOutOfRangeException.ThrowIfZero(frequencies.Count, nameof(frequencies));
        this.frequencies = [.. frequencies];
        this.scale = scale;
        Interleaved = interleaved;
        angles = new Angles(this.frequencies, scale, 0);
    }

    public bool Interleaved { get; }

    /// <summary>Pairs in a head: half its width.</summary>
    public int Pairs => frequencies.Length;

    /// <summary>Cosines [positions × pairs] and sines [positions × pairs] of the positions 0 … <paramref name="positions"/> − 1, and perhaps more.</summary>
    public (ReadOnlyMemory<float> Cosines, ReadOnlyMemory<float> Sines) Rows(int positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(positions);
        Angles known = angles;
        if (known.Positions < positions)
        {
            // Two threads may both grow it: they compute the same values.
            known = new Angles(frequencies, scale, Math.Max(positions, Math.Max(FirstRows, 2 * known.Positions)));
            angles = known;
        }

        return (known.Cosines, known.Sines);
    }

    private sealed class Angles
    {
        public Angles(double[] frequencies, double scale, int positions)
        {
            Positions = positions;
            Cosines = new float[checked(positions * frequencies.Length)];
            Sines = new float[Cosines.Length];
            for (int i = 0; i < Cosines.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos(i / frequencies.Length * frequencies[i % frequencies.Length]);
                Cosines[i] = (float)(scale * cosine);
                Sines[i] = (float)(scale * sine);
            }
        }

        public int Positions { get; }

        public float[] Cosines { get; }

        public float[] Sines { get; }
    }
}
