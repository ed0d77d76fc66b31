using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EdgeFlora.Integration.Tests.Dashboard;

/// <summary>What tests of the dashboard look for, and do, on any of its pages.</summary>
internal static class PageSteps
{
    public static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { NameString = name, Exact = true });

    public static ILocator Link(IPage page, string name) => page.GetByRole(AriaRole.Link, new() { NameString = name, Exact = true });

    public static ILocator Heading(IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { NameString = name, Exact = true });

    public static async Task SignInAsync(IPage page, string token)
    {
        await page.GetByLabel("Operator token").FillAsync(token);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Navigation, new() { NameString = "Main" })).ToBeVisibleAsync();
    }
}
