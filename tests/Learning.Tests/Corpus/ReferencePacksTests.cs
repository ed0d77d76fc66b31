using EdgeFlora.Learning.Corpus;

namespace EdgeFlora.Learning.Tests.Corpus;

public sealed class ReferencePacksTests
{
    [Fact]
    public void The_newest_10_0_pack_with_documentation_is_taken()
    {
        using var folder = new TemporaryFolder();
        foreach (string version in new[] { "9.0.8", "10.0.2", "10.0.11", "11.0.0" })
        {
            folder.Write($"packs/Microsoft.NETCore.App.Ref/{version}/ref/net{version[..^2]}/System.B.xml", "");
            folder.Write($"packs/Microsoft.AspNetCore.App.Ref/{version}/ref/net{version[..^2]}/Microsoft.A.xml", "");
        }

        folder.Write("packs/Microsoft.NETCore.App.Ref/10.0.12/ref/net10.0/System.B.dll", "");
        folder.Write("packs/Microsoft.AspNetCore.App.Ref/10.0.11/ref/net10.0/System.B.xml", "");

        ReferencePacks fromRoot = ReferencePacks.Locate(folder.Path);
        ReferencePacks fromPacks = ReferencePacks.Locate(Path.Combine(folder.Path, "packs"));

        Assert.Equal(new Version(10, 0, 11), fromRoot.Version);
        Assert.Equal(["Microsoft.A.xml", "System.B.xml"], fromRoot.Files.Select(Path.GetFileName));
        Assert.All(fromRoot.Files, file => Assert.Contains("10.0.11", file, StringComparison.Ordinal));
        Assert.Contains("Microsoft.NETCore.App.Ref", fromRoot.Files[1], StringComparison.Ordinal);
        Assert.Equal(fromRoot.Files, fromPacks.Files);
    }

    [Fact]
    public void Without_packs_the_error_says_where_it_looked_and_how_to_name_them()
    {
        using var folder = new TemporaryFolder();

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => ReferencePacks.Locate(folder.Path));

        Assert.Contains(folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains("--packs", e.Message, StringComparison.Ordinal);
        Assert.Contains("EDGEFLORA_PACKS", e.Message, StringComparison.Ordinal);
    }
}
