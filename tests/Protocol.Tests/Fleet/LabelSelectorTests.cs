using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Protocol.Tests.Fleet;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["site"] = "a", ["gpu"] = "yes", ["os"] = "linux" };

    [Theory]
    [InlineData("", true)]
    [InlineData("site=a", true)]
    [InlineData("site==a,gpu = yes", true)]
    [InlineData("site in (b, a), gpu", true)]
    [InlineData("site notin (b, c)", true)]
    [InlineData("tier notin (test)", true)]
    [InlineData("os!=windows, !old", true)]
    [InlineData("site=b", false)]
    [InlineData("site in (b, c)", false)]
    [InlineData("site=a, gpu=no", false)]
    [InlineData("!gpu", false)]
    [InlineData("old", false)]
    [InlineData("os!=linux", false)]
    public void Every_term_must_hold(string selector, bool matches) => Assert.Equal(matches, LabelSelector.Parse(selector).Matches(Labels));

    [Theory]
    [InlineData("site=")]
    [InlineData("site in a")]
    [InlineData("site=a,")]
    [InlineData(",site")]
    [InlineData("site in ()")]
    [InlineData("site=a gpu=yes")]
    [InlineData("site=a/b")]
    public void What_is_no_selector_is_refused(string selector) => Assert.Throws<FormatException>(() => LabelSelector.Parse(selector));
}
