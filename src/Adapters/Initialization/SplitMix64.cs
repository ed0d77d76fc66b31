using System.Text;

namespace EdgeFlora.Adapters.Initialization;

/// <summary>A small seeded generator whose stream depends on a seed and a name, so that what is drawn for one tensor does not depend on the others.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). The same everywhere, unlike <see cref="Random"/>, whose algorithm is not promised.</remarks>
public sealed class SplitMix64
{
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private ulong state;

    public SplitMix64(ulong seed) => state = seed;

    /// <summary>A stream of its own for every pair of seed and name.</summary>
    public SplitMix64(ulong seed, string name)
    {
        // FNV-1a over the name's bytes, mixed with the mixed seed: neighbouring seeds and similar names give unrelated streams.
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ value) * 0x0000_0100_0000_01B3;
        }

        state = Mix(seed + Gamma) ^ Mix(hash);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(state += Gamma);

    /// <summary>Uniform in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextSingle() => (Next() >> 40) * (1f / (1 << 24));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
