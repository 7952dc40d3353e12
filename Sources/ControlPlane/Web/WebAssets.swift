import HTTPTypes
import Hummingbird
import NIOCore

/// The files that pages load, compiled into the program so that it runs from anywhere and as anybody.
enum WebAssets {
    private static let scripts = "text/javascript; charset=utf-8"

    private static let files: [String: (type: String, bytes: [UInt8])] = [
        "mirox.css": ("text/css; charset=utf-8", PackageResources.mirox_css),
        "lab.css": ("text/css; charset=utf-8", PackageResources.lab_css),
        "page.js": (scripts, PackageResources.page_js),
        "api.js": (scripts, PackageResources.api_js),
        "dialog.js": (scripts, PackageResources.dialog_js),
        "filter.js": (scripts, PackageResources.filter_js),
        "lab.js": (scripts, PackageResources.lab_js),
        "live.js": (scripts, PackageResources.live_js),
        "morph.js": (scripts, PackageResources.morph_js),
        "qr.js": (scripts, PackageResources.qr_js),
        "times.js": (scripts, PackageResources.times_js),
        "vpn.js": (scripts, PackageResources.vpn_js),
        "icon.svg": ("image/svg+xml", PackageResources.icon_svg),
    ]

    static func add(to router: Router<APIContext>) {
        for (name, file) in files {
            router.get("assets/\(RouterPath(name))") { _, _ in
                var headers = WebPage.headers
                headers[.contentType] = file.type
                // Asked for again each time: a new program has new files under the same names.
                headers[.cacheControl] = "no-cache"
                return Response(
                    status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
            }
        }
    }
}
