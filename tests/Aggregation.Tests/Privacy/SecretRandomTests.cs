using System.Buffers.Binary;
using System.Security.Cryptography;
using EdgeFlora.Aggregation.Privacy;

namespace EdgeFlora.Aggregation.Tests.Privacy;

public sealed class SecretRandomTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void The_stream_is_AES_of_the_counters()
    {
        using var random = new SecretRandom(Key);
        ulong[] actual = [.. Enumerable.Range(0, 2000).Select(_ => random.NextUInt64())];

        using var cipher = Aes.Create();
        cipher.Key = Key;
        var expected = new List<ulong>();
        for (ulong counter = 0; counter < 1000; counter++)
        {
            byte[] block = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(block, counter);
            byte[] cut = cipher.EncryptEcb(block, PaddingMode.None);
            expected.Add(BinaryPrimitives.ReadUInt64LittleEndian(cut));
            expected.Add(BinaryPrimitives.ReadUInt64LittleEndian(cut.AsSpan(8)));
        }

        Assert.Equal(expected, actual);
    }

    /// <summary>FIPS 197, appendix C.3: the key 00 01 … 1f. Enciphering a counter of zero under it, computed with OpenSSL.</summary>
    [Fact]
    public void The_first_number_is_a_known_one()
    {
        using var random = new SecretRandom(Key);

        Assert.Equal("f29000b62a499fd0", Convert.ToHexStringLower(BitConverter.GetBytes(random.NextUInt64())));
    }

    [Fact]
    public void Gaussian_numbers_have_mean_0_variance_1_and_the_tails_of_the_normal_distribution()
    {
        const int Count = 200_000;
        using var random = new SecretRandom(Key);
        double[] numbers = [.. Enumerable.Range(0, Count).Select(_ => random.NextGaussian())];

        // Four standard errors of each estimate: 1/√n, √(2/n), √(p(1−p)/n) with p = 0.0455 beyond two deviations.
        Assert.Equal(0, numbers.Average(), tolerance: 4 / Math.Sqrt(Count));
        Assert.Equal(1, numbers.Average(x => x * x), tolerance: 4 * Math.Sqrt(2.0 / Count));
        Assert.Equal(0.0455, numbers.Count(x => Math.Abs(x) > 2) / (double)Count, tolerance: 4 * Math.Sqrt(0.0455 * 0.9545 / Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(33)]
    public void A_key_of_another_length_is_refused(int length) =>
        Assert.StartsWith(
            $"A key of noise has 32 bytes; this one has {length}.",
            Assert.Throws<ArgumentException>(() => new SecretRandom(new byte[length])).Message,
            StringComparison.Ordinal);
}
