using System.Reflection;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>Exit codes of the program.</summary>
internal static class ExitCodesPage
{
    public static string Text()
    {
        var comments = new CodeComments("edgeflora");
        return "# Exit codes\n\nOf every `edgeflora` command.\n\n" + Table.Of(
            ["Code", "Name", "Means"],
            typeof(ExitCode).GetFields(BindingFlags.Static | BindingFlags.Public)
                .Select(field => (string[])[$"{field.GetRawConstantValue()}", field.Name, comments.Of(typeof(ExitCode), field.Name)]));
    }
}
