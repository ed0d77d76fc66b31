using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Tests.Products;

public sealed class TranspositionTests
{
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(3, 70, false)]
    [InlineData(70, 3, true)]
    [InlineData(48, 64, false)]
    [InlineData(37, 101, true)] // neither a multiple of four
    public void Every_value_is_written_or_added_across_and_none_between_the_rows(int rows, int columns, bool add)
    {
        const int Gap = 5;
        int stride = rows + Gap;
        var random = new SeededRandom(3);
        float[] source = [.. Enumerable.Range(0, rows * columns).Select(_ => (float)random.NextGaussian())];
        float[] before = [.. Enumerable.Range(0, columns * stride).Select(_ => (float)random.NextGaussian())];
        float[] expected = [.. before];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                expected[(j * stride) + i] = source[(i * columns) + j] + (add ? before[(j * stride) + i] : 0);
            }
        }

        Transposition.Into(source, rows, columns, before, stride, add);

        Assert.Equal(expected, before);
    }

    [Fact]
    public void A_target_that_is_too_short_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Transposition.Into(new float[12], 3, 4, new float[14], targetStride: 4));
    }
}
