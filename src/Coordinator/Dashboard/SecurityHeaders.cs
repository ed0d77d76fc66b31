using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Dashboard;

/// <summary>
/// What browsers are told of every answer: nothing of another origin, no script or style inside a page, no frame around it, no text made into code.
/// </summary>
internal static class SecurityHeaders
{
    /// <summary>Content Security Policy, level 3. Trusted types without a policy: no text can become markup or script at all.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'";

    /// <param name="hasOwnCertificate">Whether the certificate is one that browsers trust: with a self-made one, strict transport security would
    /// lock its owner out.</param>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next, bool hasOwnCertificate)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (hasOwnCertificate)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        if (context.Request.Path.StartsWithSegments("/api"))
        {
            headers.CacheControl = "no-store"; // what a token may see stays in no cache
        }

        return next(context);
    }
}
