using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Tests.Kernels;

public sealed class RotaryTableTests
{
    [Fact]
    public void Angles_are_position_times_frequency_however_far_the_table_has_grown()
    {
        var table = new RotaryTable([1, 0.1, 0.001], interleaved: false, scale: 2);

        foreach (int positions in new[] { 1, 3, 65, 1000 })
        {
            (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = table.Rows(positions);
            foreach (int position in new[] { 0, positions / 2, positions - 1 })
            {
                // One rounding to single precision, of values up to 2.
                Assert.Equal(2 * Math.Cos(position * 0.1), cosines.Span[(position * 3) + 1], 1.2e-7);
                Assert.Equal(2 * Math.Sin(position * 0.001), sines.Span[(position * 3) + 2], 1.2e-7);
            }
        }
    }
}
