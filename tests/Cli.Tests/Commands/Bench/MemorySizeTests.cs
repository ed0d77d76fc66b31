using EdgeFlora.Cli.Commands.Bench;

namespace EdgeFlora.Cli.Tests.Commands.Bench;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData(512, "0.5 KiB")]
    [InlineData(1_040_128, "1016 KiB")]
    [InlineData(1 << 20, "1 MiB")]
    [InlineData(1023.6 * (1 << 20), "1024 MiB")]
    [InlineData(1.25 * (1 << 30), "1.25 GiB")]
    [InlineData(5000.0 * (1 << 30), "5000 GiB")]
    public void Amounts_are_shown_with_three_digits_or_all_before_the_point(double bytes, string shown) =>
        Assert.Equal(shown, MemorySize.Shown(bytes));
}
