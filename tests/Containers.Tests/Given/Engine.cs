using EdgeFlora.Testing.Containers;

namespace EdgeFlora.Containers.Tests.Given;

/// <summary>What tests in containers need.</summary>
internal static class Engine
{
    /// <summary>Skips the calling test where no engine answers; fails it where <c>CI</c> is set, for there nobody would notice.</summary>
    public static async Task RequireAsync() => Require(await ContainerEngine.WhyNotAsync());

    /// <summary>The same, and where our images were not built.</summary>
    public static async Task RequireImagesAsync()
    {
        await RequireAsync();
        Require(IsSet("EDGEFLORA_IMAGES") ? null : "EDGEFLORA_IMAGES names no images of ours; ./test.sh builds them (infra/images.sh) and sets it");
    }

    /// <summary>Skips the calling test for a reason; fails it where <c>CI</c> is set.</summary>
    public static void Require(string? absent)
    {
        if (absent is not null)
        {
            Assert.SkipUnless(IsSet("CI"), absent);
            Assert.Fail(absent);
        }
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
