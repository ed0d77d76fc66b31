using EdgeFlora.Cli.Doctor.Device;

namespace EdgeFlora.Cli.Tests.Doctor;

public sealed class NearestFolderTests
{
    private static readonly string Root = Path.GetPathRoot(Path.GetFullPath("."))!;
    private static readonly string Wanted = Path.Combine(Root, "a", "b", "c");

    [Fact]
    public void The_nearest_folder_above_is_found_as_is_the_folder_itself()
    {
        Assert.Equal(Wanted, NearestFolder.Of(Wanted, _ => true));
        Assert.Equal(Path.Combine(Root, "a"), NearestFolder.Of(Wanted, folder => folder == Path.Combine(Root, "a") || folder == Root));
    }

    [Fact]
    public void Where_not_even_the_root_exists_there_is_none() => Assert.Null(NearestFolder.Of(Wanted, _ => false));
}
