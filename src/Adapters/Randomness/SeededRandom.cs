using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Adapters.Randomness;

/// <summary>A seeded generator whose sequence never changes with the .NET version: xoshiro256** (Blackman and Vigna, arXiv 1805.01407).</summary>
/// <remarks>
/// Integers and uniform numbers repeat to the bit on every machine. Gaussian and gamma numbers use <see cref="Math.Log(double)"/>, whose last bit
/// belongs to the platform's C library. Not thread-safe and not for secrets.
/// </remarks>
public sealed class SeededRandom : IUniformNumbers
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    /// <summary>Spreads <paramref name="seed"/> over the state by SplitMix64, as the generator's authors advise.</summary>
    public SeededRandom(ulong seed)
    {
        s0 = SplitMix(ref seed);
        s1 = SplitMix(ref seed);
        s2 = SplitMix(ref seed);
        s3 = SplitMix(ref seed);
    }

    private SeededRandom(RandomState state) => State = state;

    /// <summary>The state between two numbers; setting it goes on from there.</summary>
    /// <exception cref="ArgumentException">All words are zero: the generator would be stuck.</exception>
    public RandomState State
    {
        get => new(s0, s1, s2, s3);
        set
        {
            if (value == default)
            {
                throw new ArgumentException("The state of a random generator has four words, not all zero; this one is all zero.", nameof(value));
            }

            (s0, s1, s2, s3) = value;
        }
    }

    /// <summary>
    /// A stream of its own for one purpose and index: streams with different arguments are independent, whatever is drawn from the others.
    /// </summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for, e.g. <c>batch-order</c>.</param>
    /// <param name="index">Number of the layer, agent, round …</param>
    public static SeededRandom For(ulong seed, string purpose, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        byte[] key = new byte[12 + Encoding.UTF8.GetByteCount(purpose)];
        BinaryPrimitives.WriteUInt64LittleEndian(key, seed);
        BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(8), index);
        Encoding.UTF8.GetBytes(purpose, key.AsSpan(12));
        byte[] hash = SHA256.HashData(key);
        return new SeededRandom(new RandomState(Word(0), Word(1), Word(2), Word(3)));

        ulong Word(int i) => BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8 * i));
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A uniform integer, 0 ≤ n &lt; <paramref name="exclusiveMax"/>, without bias (Lemire, arXiv 1805.10941).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="exclusiveMax"/> is below 1.</exception>
    public int NextInt(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        ulong range = (ulong)exclusiveMax;
        ulong rejected = unchecked(0 - range) % range;
        while (true)
        {
            ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
            if (low >= rejected)
            {
                return (int)high;
            }
        }
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform number in [0, 1) with 24 random bits.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>A number from the normal distribution of mean 0 and variance 1 (Marsaglia's polar method).</summary>
    public double NextGaussian() => PolarMethod.Next(this);

    /// <summary>
    /// A number from the gamma distribution of scale 1 (Marsaglia and Tsang, ACM TOMS 26(3), 2000); below shape 1 by their boost U^(1/shape).
    /// </summary>
    /// <param name="shape">Mean and variance of the distribution; finite, &gt; 0.</param>
    /// <returns>A number ≥ 0; it underflows to 0 for tiny shapes.</returns>
    public double NextGamma(double shape)
    {
        if (!double.IsFinite(shape) || shape <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(shape), shape, "The shape of a gamma distribution is a finite number above 0.");
        }

        if (shape < 1)
        {
            return NextGamma(shape + 1) * Math.Pow(1 - NextDouble(), 1 / shape);
        }

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextGaussian();
            double v = 1 + (c * x);
            if (v <= 0)
            {
                continue;
            }

            v = v * v * v;
            if (Math.Log(1 - NextDouble()) < (0.5 * x * x) + (d * (1 - v + Math.Log(v))))
            {
                return d * v;
            }
        }
    }

    /// <summary>Brings <paramref name="items"/> into a uniformly random order (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
