namespace EdgeFlora.Learning.Models.UseLite;

/// <summary>Reads models whose <c>architecture</c> is <c>use-lite</c>.</summary>
internal static class UseLiteFamily
{
    public static ModelFamily Instance { get; } = new(["use-lite"], (config, _) => new UseLiteNetwork(UseLiteConfig.Read(config)), _ => false);
}
