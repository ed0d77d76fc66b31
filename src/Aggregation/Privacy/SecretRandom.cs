using System.Buffers.Binary;
using System.Security.Cryptography;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Aggregation.Privacy;

/// <summary>Numbers that follow from a secret key and tell nothing of the key or of one another: AES-256 in counter mode.</summary>
/// <remarks>
/// A generator that is merely fast would not do for noise that hides something: where the true sum is known (a factor nobody moved), the published
/// one shows the noise itself, and a few numbers of xoshiro256** give away its state and so all others. Integers and uniform numbers repeat to the
/// bit on every machine; Gaussian ones use <see cref="Math.Log(double)"/>, whose last bit belongs to the platform's C library. Not thread-safe.
/// </remarks>
internal sealed class SecretRandom : IUniformNumbers, IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    private const int BlockLength = 16;

    private readonly Aes cipher = Aes.Create();
    private readonly byte[] counters = new byte[256 * BlockLength];
    private readonly byte[] stream = new byte[256 * BlockLength];
    private int used;
    private ulong block;

    /// <param name="key">32 bytes, used for this one stream and nothing else.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public SecretRandom(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"A key of noise has {KeyLength} bytes; this one has {key.Length}."), nameof(key));
        }

        cipher.Key = key.ToArray();
        used = stream.Length;
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        if (used == stream.Length)
        {
            Refill();
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(stream.AsSpan(used));
        used += sizeof(ulong);
        return value;
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from the normal distribution of mean 0 and variance 1 (Marsaglia's polar method).</summary>
    public double NextGaussian() => PolarMethod.Next(this);

    public void Dispose() => cipher.Dispose();

    /// <summary>Each counter is enciphered once under the key, so that equal blocks, the weakness of this mode for text, can't occur.</summary>
    private void Refill()
    {
        for (int at = 0; at < counters.Length; at += BlockLength)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(counters.AsSpan(at), block++);
        }

        cipher.EncryptEcb(counters, stream, PaddingMode.None);
        used = 0;
    }
}
